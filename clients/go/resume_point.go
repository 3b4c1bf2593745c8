package streamlib

import (
	"fmt"

	pb "github.com/streamlib/streamlib/clients/go/gen/streamlib/v1"
	"google.golang.org/protobuf/proto"
)

// From where a subscription is to be opened again, moved on by what it hears.
type resumePoint struct {
	position *Position
	// What the caller wants; only its beginning changes.
	wanted *pb.SubscribeRequest
	// Of the connection that is open.
	streamID string
}

func (p *resumePoint) request() *pb.SubscribeRequest {
	request := proto.CloneOf(p.wanted)
	if cursor := p.position.Cursor(); cursor != "" {
		request.After = cursor
		request.StreamId = ""
		request.AfterSequence = nil
	}
	return request
}

// NB: only a subscription from now on begins at the newest event. One that resumes has the events up to that still
// before it, and one that waits for its snapshot has to ask for it again.
func (p *resumePoint) started(message *pb.SubscriptionStarted) {
	p.streamID = message.GetStreamId()
	if !message.GetResumed() && !p.wanted.GetSnapshot() {
		p.moveTo(message.GetLast())
	}
}

func (p *resumePoint) snapshotEnded(message *pb.SnapshotEnd) {
	p.wanted.Snapshot = false
	p.moveTo(message.GetSequence())
}

// NB: the range of a restart is not known; its gap is told again if no event follows before the next one.
func (p *resumePoint) missed(gap *pb.Gap) {
	if gap.GetReason() == pb.GapReason_GAP_REASON_OVERTAKEN {
		p.moveTo(gap.GetToSequence())
	}
}

func (p *resumePoint) heartbeat(message *pb.Heartbeat) {
	if message.GetCursor() != "" && !p.wanted.GetSnapshot() {
		p.position.Set(message.GetCursor())
	}
}

func (p *resumePoint) handedOver(event *pb.Event) {
	p.position.Set(event.GetCursor())
}

func (p *resumePoint) moveTo(sequence uint64) {
	p.position.Set(fmt.Sprintf("%s:%d", p.streamID, sequence))
}
