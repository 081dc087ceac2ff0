#!/bin/sh
# /etc/cron.daily/hotel-assistant-backup (without the .sh): one folder a day, database and key together, 30 days kept.
# The hub may go on running: SQLite's own backup copies a consistent state. Copying the file itself would not.
set -eu
umask 077

data="${HOTEL_ASSISTANT_DATA:-/var/lib/hotel-assistant/data}"
python="${HOTEL_ASSISTANT_PYTHON:-/opt/hotel-assistant/bin/python}"
backups="${1:-/var/backups/hotel-assistant}"
today="$backups/$(date +%Y-%m-%d)"

mkdir -p "$today"
"$python" - "$data/hub.sqlite3" "$today/hub.sqlite3" <<'PYTHON'
import sqlite3
import sys
from pathlib import Path

source = sqlite3.connect(Path(sys.argv[1]).resolve().as_uri() + "?mode=rw", uri=True)
copy = sqlite3.connect(sys.argv[2])
source.backup(copy)
answer = copy.execute("PRAGMA integrity_check").fetchone()[0]
copy.close()
source.close()
if answer != "ok":
    sys.exit(f"the copy is damaged: {answer}")
PYTHON
cp "$data/secret.key" "$today/secret.key"

find "$backups" -mindepth 1 -maxdepth 1 -type d -mtime +30 -exec rm -r {} +
echo "backed up to $today"
