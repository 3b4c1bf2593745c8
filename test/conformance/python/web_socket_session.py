"""python web_socket_session.py HOST:PORT: subscribes by WebSocket, edits, resumes; prints what it saw as JSON lines.

The last line comes when the server stops.
"""

import asyncio
import json
import sys
import urllib.request

import websockets
from websockets.asyncio.client import connect


def edit(target, processor_id):
    body = json.dumps({"processor_type": "NullSink", "processor_id": processor_id}).encode()
    headers = {"content-type": "application/json"}
    request = urllib.request.Request(f"http://{target}/api/processors", body, headers)
    urllib.request.urlopen(request).close()


async def next_event(socket):
    while True:
        line = json.loads(await socket.recv())
        if "event" in line:
            return line["event"]


async def close_code(socket):
    try:
        while True:
            await socket.recv()
    except websockets.ConnectionClosed as closed:
        return closed.rcvd.code if closed.rcvd else None


def say(**seen):
    print(json.dumps(seen), flush=True)


async def main(target):
    url = f"ws://{target}/api/events"
    async with connect(f"{url}?types=ProcessorAdded") as socket:
        say(first=list(json.loads(await socket.recv()))[0])
        for name in ("one", "two"):
            await asyncio.to_thread(edit, target, name)
        one, two = await next_event(socket), await next_event(socket)
        say(events=[event["processor_added"]["processor_id"] for event in (one, two)])

    async with connect(f"{url}?types=ProcessorAdded&after={one['cursor']}") as socket:
        again = await next_event(socket)
        say(resumed=again == two)

    async with connect(f"{url}?nothing=1") as socket:
        say(wrong_request=await close_code(socket))

    async with connect(url) as socket:
        await (await socket.ping())
        say(pinged=True)
        say(stopped=await close_code(socket))


asyncio.run(main(sys.argv[1]))
