#!/bin/sh
# The service of the demo: a process that runs on exactly one server. app.sh start|stop FOLDER
set -u
folder=$2
pid=$(cat "$folder/pid" 2>/dev/null)
case $1 in
start)
  if [ -n "$pid" ] && kill -0 "$pid" 2>/dev/null; then exit 0; fi
  mkdir -p "$folder" || exit 1
  sh -c 'exec sleep 86400' </dev/null >/dev/null 2>&1 &
  echo $! >"$folder/pid.new" && mv "$folder/pid.new" "$folder/pid"
  ;;
stop)
  if [ -n "$pid" ]; then kill -9 "$pid" 2>/dev/null; fi
  rm -f "$folder/pid"
  ;;
*) exit 2 ;;
esac
