package streamlib

import (
	"context"
	"iter"

	pb "github.com/streamlib/streamlib/clients/go/gen/streamlib/v1"
)

// Item is one thing that a subscription tells. Exactly one of its members is set.
type Item struct {
	// Event happened.
	Event *pb.Event
	// Gap says that events are missing: the subscriber was overtaken, or the server restarted and knows of what happened
	// before that the control events only, which were told.
	Gap *pb.Gap
	// Snapshot is a part of the state; asked for by [WithSnapshot].
	Snapshot *pb.Snapshot
	// SnapshotEnd says that the state is complete: what follows changes it.
	SnapshotEnd *pb.SnapshotEnd
}

// Filter says which events are told: those that match each member that is set. The zero value lets everything through.
type Filter struct {
	// Topics are any of these, as `processor:tone`; a `*` at the end stands for any rest.
	Topics []string
	// Types are names of payloads, as `ProcessorAdded`.
	Types       []string
	ProcessorID string
	LinkID      string
	RunnerID    string
	PipelineID  string
	Symbol      string
}

// Events subscribes, and tells what happens from now on, or from where an option says, until the context ends or the
// consumer leaves the loop. A connection that is lost, or that the server ends, is opened again, the first time within
// 100 ms and then ever later up to 5 s, or 1 s while connections are refused, and resumed: no event is lost or repeated, also over a restart of the server,
// except those that an [Item] with a Gap stands for.
//
// The end of the context is the end of the loop and no error. An error is the last that is told, always an [*Error]: the
// server refuses the request, or cannot resume (RESUME_POINT_LOST). While the server cannot be reached there is none,
// and the client's logger has a warning for each attempt.
func (c *Client) Events(ctx context.Context, filter Filter, options ...EventsOption) iter.Seq2[Item, error] {
	return func(yield func(Item, error) bool) {
		settings, err := newEventsSettings(filter, options)
		if err != nil {
			yield(Item{}, err)
			return
		}
		subscription := &subscription{
			client:   c,
			settings: settings,
			point:    resumePoint{position: settings.position, wanted: settings.request},
			yield:    yield,
		}
		if err := follow(ctx, c.settings.logger, subscription.attempt); err != nil {
			yield(Item{}, err)
		}
	}
}

type subscription struct {
	client   *Client
	settings eventsSettings
	point    resumePoint
	yield    func(Item, error) bool
}

func (s *subscription) attempt(parent context.Context, heard func()) (done bool, err error) {
	ctx, cancel := context.WithCancel(parent)
	defer cancel()
	stream, err := s.client.EventService.Subscribe(ctx, s.point.request())
	if err != nil {
		return false, err
	}
	defer closeStream(stream, cancel)
	for stream.Receive() {
		heard()
		if !s.take(stream.Msg()) {
			return true, nil
		}
	}
	return false, stream.Err()
}

// Answers false where the consumer has left.
func (s *subscription) take(response *pb.SubscribeResponse) bool {
	switch message := response.GetMessage().(type) {
	case *pb.SubscribeResponse_Batch:
		for _, event := range message.Batch.GetEvents() {
			s.point.handedOver(event)
			if !s.yield(Item{Event: event}, nil) {
				return false
			}
		}
	case *pb.SubscribeResponse_Heartbeat:
		s.point.heartbeat(message.Heartbeat)
	case *pb.SubscribeResponse_Gap:
		s.point.missed(message.Gap)
		return s.yield(Item{Gap: message.Gap}, nil)
	case *pb.SubscribeResponse_Snapshot:
		return s.yield(Item{Snapshot: message.Snapshot}, nil)
	case *pb.SubscribeResponse_SnapshotEnd:
		s.point.snapshotEnded(message.SnapshotEnd)
		return s.yield(Item{SnapshotEnd: message.SnapshotEnd}, nil)
	case *pb.SubscribeResponse_Started:
		s.point.started(message.Started)
		s.settings.onStarted(message.Started)
	}
	return true
}
