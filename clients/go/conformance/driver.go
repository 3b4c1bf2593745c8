package main

import (
	"context"
	"encoding/json"
	"fmt"
	"reflect"
	"sync"

	"connectrpc.com/connect"
	streamlib "github.com/streamlib/streamlib/clients/go"
	pb "github.com/streamlib/streamlib/clients/go/gen/streamlib/v1"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
)

type driver struct {
	client  *streamlib.Client
	answers *answers

	mu      sync.Mutex
	cancels map[int64]context.CancelFunc
}

func (d *driver) begin(parent context.Context, id int64) context.Context {
	ctx, cancel := context.WithCancel(parent)
	d.mu.Lock()
	defer d.mu.Unlock()
	d.cancels[id] = cancel
	return ctx
}

func (d *driver) cancel(id int64) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if cancel := d.cancels[id]; cancel != nil {
		cancel()
		delete(d.cancels, id)
	}
}

func (d *driver) run(ctx context.Context, wanted operation) {
	switch wanted.Op {
	case "call":
		d.call(ctx, wanted)
	case "stream":
		d.stream(ctx, wanted)
	case "subscribe":
		d.subscribe(ctx, wanted)
	default:
		d.answers.fail(wanted.ID, invalid("op must be call, stream, subscribe or cancel, was %q", wanted.Op))
	}
}

func (d *driver) call(ctx context.Context, wanted operation) {
	method, request, err := d.prepare(wanted, isUnary)
	if err != nil {
		d.answers.fail(wanted.ID, err)
		return
	}
	results := method.Call([]reflect.Value{reflect.ValueOf(ctx), reflect.ValueOf(request)})
	if err, failed := results[1].Interface().(error); failed {
		d.answers.fail(wanted.ID, err)
		return
	}
	d.answers.message(wanted.ID, "ok", results[0].Interface().(proto.Message))
}

// Of a connect.ServerStreamForClient of any message.
type serverStream interface {
	Receive() bool
	Err() error
	Close() error
}

func (d *driver) stream(ctx context.Context, wanted operation) {
	method, request, err := d.prepare(wanted, isServerStream)
	if err != nil {
		d.answers.fail(wanted.ID, err)
		return
	}
	results := method.Call([]reflect.Value{reflect.ValueOf(ctx), reflect.ValueOf(request)})
	if err, failed := results[1].Interface().(error); failed {
		d.answers.end(ctx, wanted.ID, err)
		return
	}
	stream := results[0].Interface().(serverStream)
	for stream.Receive() {
		message := results[0].MethodByName("Msg").Call(nil)[0].Interface().(proto.Message)
		d.answers.message(wanted.ID, "item", message)
	}
	d.answers.end(ctx, wanted.ID, stream.Err())
	d.cancel(wanted.ID)
	_ = stream.Close()
}

func (d *driver) subscribe(ctx context.Context, wanted operation) {
	request := new(pb.SubscribeRequest)
	if err := readRequest(wanted.Request, request); err != nil {
		d.answers.fail(wanted.ID, err)
		return
	}
	options, err := eventsOptions(request)
	if err != nil {
		d.answers.fail(wanted.ID, err)
		return
	}
	for item, err := range d.client.Events(ctx, eventsFilter(request), options...) {
		if err != nil {
			d.answers.end(ctx, wanted.ID, err)
			return
		}
		d.answers.item(wanted.ID, item)
	}
	d.answers.end(ctx, wanted.ID, nil)
}

var clientFields = map[string]string{
	"RuntimeService":   "Runtime",
	"ProcessorService": "Processors",
	"LinkService":      "Links",
	"PipelineService":  "Pipelines",
	"RunnerService":    "Runners",
	"StrategyService":  "Strategies",
	"BacktestService":  "Backtests",
	"EventService":     "EventService",
	"TapService":       "TapService",
}

func isUnary(method reflect.Type) bool {
	return method.Out(0).Implements(reflect.TypeFor[proto.Message]())
}

func isServerStream(method reflect.Type) bool {
	return method.Out(0).Implements(reflect.TypeFor[serverStream]())
}

// Finds the method on the client, and reads its request.
func (d *driver) prepare(wanted operation, isFit func(reflect.Type) bool) (reflect.Value, proto.Message, error) {
	field, known := clientFields[wanted.Service]
	if !known {
		return reflect.Value{}, nil, invalid("service must be one of the schema, was %q", wanted.Service)
	}
	method := reflect.ValueOf(d.client).Elem().FieldByName(field).MethodByName(wanted.Method)
	if !method.IsValid() || !isFit(method.Type()) {
		return reflect.Value{}, nil, invalid("method must be one of %s that %q can call, was %q",
			wanted.Service, wanted.Op, wanted.Method)
	}
	request := reflect.New(method.Type().In(1).Elem()).Interface().(proto.Message)
	return method, request, readRequest(wanted.Request, request)
}

func readRequest(text json.RawMessage, request proto.Message) error {
	if len(text) == 0 {
		return nil
	}
	if err := protojson.Unmarshal(text, request); err != nil {
		return invalid("request must be a %s, was %s: %v", request.ProtoReflect().Descriptor().Name(), text, err)
	}
	return nil
}

func invalid(format string, values ...any) error {
	return &streamlib.Error{Code: connect.CodeInvalidArgument, Message: fmt.Sprintf(format, values...)}
}
