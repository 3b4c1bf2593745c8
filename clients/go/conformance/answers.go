package main

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"log"
	"sync"

	streamlib "github.com/streamlib/streamlib/clients/go"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
)

// Writes one line per answer, whoever answers.
type answers struct {
	mu     sync.Mutex
	output *json.Encoder
}

func newAnswers(output io.Writer) *answers {
	encoder := json.NewEncoder(output)
	encoder.SetEscapeHTML(false)
	return &answers{output: encoder}
}

type answer struct {
	ID    int64           `json:"id"`
	OK    json.RawMessage `json:"ok,omitempty"`
	Item  any             `json:"item,omitempty"`
	End   *struct{}       `json:"end,omitempty"`
	Error *failure        `json:"error,omitempty"`
}

type failure struct {
	Code       string            `json:"code"`
	Reason     string            `json:"reason,omitempty"`
	Message    string            `json:"message"`
	Violations []violation       `json:"violations,omitempty"`
	Metadata   map[string]string `json:"metadata,omitempty"`
}

type violation struct {
	Field       string `json:"field"`
	Description string `json:"description"`
}

func (a *answers) write(one answer) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if err := a.output.Encode(one); err != nil {
		log.Fatalf("the answer could not be written: %v", err)
	}
}

func (a *answers) message(id int64, kind string, message proto.Message) {
	if kind == "ok" {
		a.write(answer{ID: id, OK: jsonOf(message)})
		return
	}
	a.write(answer{ID: id, Item: jsonOf(message)})
}

func (a *answers) item(id int64, item streamlib.Item) {
	told := make(map[string]json.RawMessage)
	switch {
	case item.Event != nil:
		told["event"] = jsonOf(item.Event)
	case item.Gap != nil:
		told["gap"] = jsonOf(item.Gap)
	case item.Snapshot != nil:
		told["snapshot"] = jsonOf(item.Snapshot)
	case item.SnapshotEnd != nil:
		told["snapshot_end"] = jsonOf(item.SnapshotEnd)
	}
	a.write(answer{ID: id, Item: told})
}

// The end of a stream; one that was cancelled has ended as it should.
func (a *answers) end(ctx context.Context, id int64, err error) {
	if err != nil && ctx.Err() == nil {
		a.fail(id, err)
		return
	}
	a.write(answer{ID: id, End: &struct{}{}})
}

func (a *answers) fail(id int64, err error) {
	var cause *streamlib.Error
	if !errors.As(err, &cause) {
		log.Fatalf("an error of the client must be an *Error, was %T: %v", err, err)
	}
	told := &failure{Code: cause.Code.String(), Reason: cause.Reason, Message: cause.Message, Metadata: cause.Metadata}
	for _, each := range cause.Violations {
		told.Violations = append(told.Violations, violation{each.Field, each.Description})
	}
	a.write(answer{ID: id, Error: told})
}

func jsonOf(message proto.Message) json.RawMessage {
	text, err := protojson.MarshalOptions{UseProtoNames: true}.Marshal(message)
	if err != nil {
		log.Fatalf("%s cannot be JSON: %v", message.ProtoReflect().Descriptor().FullName(), err)
	}
	return text
}
