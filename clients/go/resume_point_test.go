package streamlib

import (
	"testing"

	pb "github.com/streamlib/streamlib/clients/go/gen/streamlib/v1"
)

func event(cursor string) func(*resumePoint) {
	return func(p *resumePoint) { p.handedOver(&pb.Event{Cursor: cursor}) }
}

func started(streamID string, last uint64, resumed bool) func(*resumePoint) {
	return func(p *resumePoint) {
		p.started(&pb.SubscriptionStarted{StreamId: streamID, Last: last, Resumed: resumed})
	}
}

func TestWhereASubscriptionIsOpenedAgain(t *testing.T) {
	for name, try := range map[string]struct {
		wanted       *pb.SubscribeRequest
		heard        []func(*resumePoint)
		wantAfter    string
		wantSnapshot bool
		wantOldest   bool
	}{
		"from now on, cut off at once": {
			wanted: &pb.SubscribeRequest{},
		},
		"from now on, nothing came": {
			wanted: &pb.SubscribeRequest{}, heard: []func(*resumePoint){started("a", 7, false)}, wantAfter: "a:7",
		},
		"the last event": {
			wanted:    &pb.SubscribeRequest{},
			heard:     []func(*resumePoint){started("a", 7, false), event("a:8"), event("a:9")},
			wantAfter: "a:9",
		},
		"resumed, and the events up to the newest not there yet": {
			wanted:    &pb.SubscribeRequest{After: "a:3"},
			heard:     []func(*resumePoint){started("a", 7, true)},
			wantAfter: "a:3",
		},
		"from the oldest, nothing came": {
			wanted:     &pb.SubscribeRequest{AfterSequence: new(uint64)},
			heard:      []func(*resumePoint){started("a", 7, true)},
			wantOldest: true,
		},
		"from the oldest, something came": {
			wanted:    &pb.SubscribeRequest{AfterSequence: new(uint64)},
			heard:     []func(*resumePoint){started("a", 7, true), event("a:1")},
			wantAfter: "a:1",
		},
		"over a restart, before the new stream's events": {
			wanted:    &pb.SubscribeRequest{After: "a:3"},
			heard:     []func(*resumePoint){event("a:4"), started("b", 2, true)},
			wantAfter: "a:4",
		},
		"a heartbeat": {
			wanted: &pb.SubscribeRequest{},
			heard: []func(*resumePoint){started("a", 7, false), func(p *resumePoint) {
				p.heartbeat(&pb.Heartbeat{Last: 12, Cursor: "a:12"})
			}},
			wantAfter: "a:12",
		},
		"overtaken": {
			wanted: &pb.SubscribeRequest{},
			heard: []func(*resumePoint){started("a", 7, false), func(p *resumePoint) {
				p.missed(&pb.Gap{FromSequence: 8, ToSequence: 99, Reason: pb.GapReason_GAP_REASON_OVERTAKEN})
			}},
			wantAfter: "a:99",
		},
		"in the middle of a snapshot": {
			wanted:       &pb.SubscribeRequest{Snapshot: true},
			heard:        []func(*resumePoint){started("a", 7, false)},
			wantSnapshot: true,
		},
		"behind a snapshot": {
			wanted: &pb.SubscribeRequest{Snapshot: true},
			heard: []func(*resumePoint){started("a", 7, false), func(p *resumePoint) {
				p.snapshotEnded(&pb.SnapshotEnd{Sequence: 9})
			}},
			wantAfter: "a:9",
		},
	} {
		t.Run(name, func(t *testing.T) {
			point := resumePoint{position: new(Position), wanted: try.wanted}
			for _, hear := range try.heard {
				hear(&point)
			}
			request := point.request()
			isOldest := request.AfterSequence != nil
			if request.GetAfter() != try.wantAfter || request.GetSnapshot() != try.wantSnapshot || isOldest != try.wantOldest {
				t.Errorf("request was %v", request)
			}
		})
	}
}

func TestBackoffStaysWithinItsLimits(t *testing.T) {
	var waits backoff
	limits := []int{100, 200, 400, 800, 1600, 3200, 5000, 5000, 5000}
	for attempt, limit := range limits {
		if delay := waits.next(nil); delay < 0 || delay.Milliseconds() > int64(limit) {
			t.Errorf("delay %d was %s", attempt, delay)
		}
	}
	waits.attempts = 1_000_000
	if delay := waits.next(nil); delay > longestBackoff {
		t.Errorf("delay was %s", delay)
	}
}
