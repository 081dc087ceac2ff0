"""What ./run is made of: standard library only, so that it works before anything is installed."""
