package streamlib

import (
	"fmt"
	"slices"
	"time"

	"connectrpc.com/connect"
	pb "github.com/streamlib/streamlib/clients/go/gen/streamlib/v1"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/durationpb"
)

// EventsOption is what [Client.Events] may be told beside the filter.
type EventsOption func(*eventsSettings)

type eventsSettings struct {
	request   *pb.SubscribeRequest
	position  *Position
	onStarted func(*pb.SubscriptionStarted)
}

func newEventsSettings(filter Filter, options []EventsOption) (eventsSettings, error) {
	settings := eventsSettings{
		request: &pb.SubscribeRequest{
			Topics:      slices.Clone(filter.Topics),
			Types:       slices.Clone(filter.Types),
			ProcessorId: filter.ProcessorID,
			LinkId:      filter.LinkID,
			RunnerId:    filter.RunnerID,
			PipelineId:  filter.PipelineID,
			Symbol:      filter.Symbol,
		},
		position:  new(Position),
		onStarted: func(*pb.SubscriptionStarted) {},
	}
	for _, option := range options {
		option(&settings)
	}
	if after := settings.request.GetAfter(); after != "" && settings.request.AfterSequence != nil {
		message := fmt.Sprintf("a subscription begins at a cursor or at a sequence, was %q and %d",
			after, settings.request.GetAfterSequence())
		return eventsSettings{}, &Error{Code: connect.CodeInvalidArgument, Message: message}
	}
	if settings.position == nil {
		return eventsSettings{}, &Error{Code: connect.CodeInvalidArgument, Message: "position must not be nil"}
	}
	return settings, nil
}

// WithAfter begins behind the event of a cursor that was kept. Where that is of before a restart of the server, the
// control events since come first.
func WithAfter(cursor string) EventsOption {
	return func(settings *eventsSettings) { settings.request.After = cursor }
}

// WithAfterSequence begins behind the stream_id and as_of_sequence of an answer, as that of a list: what changed since is
// told.
func WithAfterSequence(streamID string, sequence uint64) EventsOption {
	return func(settings *eventsSettings) {
		settings.request.StreamId = streamID
		settings.request.AfterSequence = proto.Uint64(sequence)
	}
}

// WithOldest begins at the oldest event that is kept.
func WithOldest() EventsOption {
	return WithAfterSequence("", 0)
}

// WithPosition begins at the position, if it is anywhere, and moves it with each item before that is handed over, so
// that its cursor can be kept. A position that is anywhere goes before [WithAfter],
// [WithAfterSequence] and [WithOldest].
func WithPosition(position *Position) EventsOption {
	return func(settings *eventsSettings) { settings.position = position }
}

// WithSnapshot tells the state first, and then what changes it. A snapshot that a lost connection has cut off begins
// anew.
func WithSnapshot() EventsOption {
	return func(settings *eventsSettings) { settings.request.Snapshot = true }
}

// WithHeartbeat sets how long the server may be silent, from 50 ms to an hour, default 15 s. Each heartbeat moves
// the position on.
func WithHeartbeat(interval time.Duration) EventsOption {
	return func(settings *eventsSettings) { settings.request.Heartbeat = durationpb.New(interval) }
}

// WithFailOnGap makes a gap the end: it is told, and then the error RESUME_POINT_LOST.
func WithFailOnGap() EventsOption {
	return func(settings *eventsSettings) { settings.request.OnGap = pb.GapPolicy_GAP_POLICY_FAIL }
}

// WithLatestTicks leaves out ticks of runners that a newer one has overtaken, and nothing else.
func WithLatestTicks() EventsOption {
	return func(settings *eventsSettings) { settings.request.Ticks = pb.TickPolicy_TICK_POLICY_LATEST }
}

// WithOnStarted calls a function whenever the subscription stands, the first time and after each reconnection, before
// the items of the connection, except control events of before a restart of the server. What happens after it is told.
func WithOnStarted(started func(*pb.SubscriptionStarted)) EventsOption {
	return func(settings *eventsSettings) { settings.onStarted = started }
}
