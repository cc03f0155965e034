#!/bin/sh
# workerd that ends with the process that started it: alone it would go on holding the port and the data.
# It takes no notice of Ctrl-C, which a terminal sends to it too: the start script stops it.
parent=$PPID
(
  trap '' HUP
  while kill -0 "$parent" && kill -0 $$; do sleep 1; done
  kill -9 $$
) </dev/null >/dev/null 2>&1 3>&- &
trap '' INT HUP
exec "$SLIPWAY_WORKERD" "$@"
