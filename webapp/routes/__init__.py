"""Routes: translate HTTP, call one service, answer. Three trust zones: pages (a person), api (a key), hooks (a vendor)."""
