"""python grpc_session.py HOST:PORT: one session by grpcio; prints what it saw as JSON.

The stubs are generated from proto/ and third_party/ into a folder that PYTHONPATH names.
"""

import json
import sys

import grpc
from google.rpc import error_details_pb2, status_pb2
from streamlib.v1 import event_pb2, event_pb2_grpc, processor_pb2, processor_pb2_grpc


def refusal(error):
    """The code, the reason and the fields of a failed call."""
    details = []
    for key, value in error.trailing_metadata() or ():
        if key == "grpc-status-details-bin":
            details = status_pb2.Status.FromString(value).details
    info, request = error_details_pb2.ErrorInfo(), error_details_pb2.BadRequest()
    for detail in details:
        detail.Unpack(info)
        detail.Unpack(request)
    fields = [violation.field for violation in request.field_violations]
    return {"code": error.code().name, "reason": info.reason, "fields": fields}


def failure_of(call):
    try:
        call()
    except grpc.RpcError as error:
        return refusal(error)
    return None


def main(target):
    seen = {}
    with grpc.insecure_channel(target) as channel:
        processors = processor_pb2_grpc.ProcessorServiceStub(channel)
        events = event_pb2_grpc.EventServiceStub(channel)

        stream = events.Subscribe(event_pb2.SubscribeRequest(types=["ProcessorAdded"]))
        seen["first"] = next(stream).WhichOneof("message")

        create = processor_pb2.CreateProcessorRequest(processor_type="SineGenerator", processor_id="tone")
        create.config.update({"frequency_hz": 220})
        seen["created"] = processors.CreateProcessor(create, compression=grpc.Compression.Gzip).processor_id
        got = processors.GetProcessor(processor_pb2.GetProcessorRequest(processor_id="tone"))
        seen["frequency_hz"] = got.processor.config["frequency_hz"]

        event = next(stream).batch.events[0]
        seen["event"] = [event.type, event.processor_added.processor_id]
        stream.cancel()
        seen["cancelled"] = failure_of(lambda: next(stream))["code"]

        nobody = processor_pb2.GetProcessorRequest(processor_id="nobody")
        seen["refusal"] = failure_of(lambda: processors.GetProcessor(nobody))
        silent = event_pb2.SubscribeRequest(types=["ProcessorAdded"])
        seen["deadline"] = failure_of(lambda: list(events.Subscribe(silent, timeout=0.3)))["code"]
        lost = event_pb2.SubscribeRequest(after="another-stream:7")
        seen["lost"] = failure_of(lambda: next(events.Subscribe(lost)))
    print(json.dumps(seen))


main(sys.argv[1])
