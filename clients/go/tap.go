package streamlib

import (
	"context"
	"iter"

	pb "github.com/streamlib/streamlib/clients/go/gen/streamlib/v1"
)

// TapItem is one thing that a tap shows. Exactly one of its members is set.
type TapItem struct {
	// Frame passed the link. Its Skipped says how many frames before it were not shown.
	Frame *pb.TappedFrame
	// Interruption says that the connection was lost and is there again: frames between were not shown, nobody knows how
	// many.
	Interruption *TapInterruption
	// Ending is the last: the server has nothing more to show, as it says why (`link_removed`, `count`).
	Ending *pb.TapEnding
}

// TapInterruption is why frames are missing from a tap.
type TapInterruption struct {
	// Cause is absent where the server ended the stream, as it does when it stops.
	Cause error
}

// What the server gives as the reason of an end.
const (
	endingShutdown = "shutdown"
	endingCount    = "count"
)

// Tap shows frames of a link as they pass, until the context ends, the consumer leaves the loop, or nothing is left to
// show. It never holds the link back: what it does not show is counted in the next frame. A connection that is lost is
// opened again as that of [Client.Events] is, and shows what passes from then on.
//
// The end of the context is the end of the loop and no error. An error is the last that is told, always an [*Error].
func (c *Client) Tap(ctx context.Context, linkID string, options ...TapOption) iter.Seq2[TapItem, error] {
	return func(yield func(TapItem, error) bool) {
		request := &pb.TapLinkRequest{LinkId: linkID}
		for _, option := range options {
			option(request)
		}
		tap := &tap{client: c, request: request, yield: yield, isCounted: request.GetCount() > 0}
		if err := follow(ctx, c.settings.logger, tap.attempt); err != nil {
			yield(TapItem{}, err)
		}
	}
}

type tap struct {
	client  *Client
	request *pb.TapLinkRequest
	yield   func(TapItem, error) bool

	everStarted bool
	// Whether the number of frames is limited; the request then has how many are left.
	isCounted bool
	// The first failure since frames came.
	lostBy error
}

func (t *tap) attempt(parent context.Context, heard func()) (done bool, err error) {
	if t.isCounted && t.request.GetCount() == 0 {
		t.yield(TapItem{Ending: &pb.TapEnding{Reason: endingCount}}, nil)
		return true, nil
	}
	ctx, cancel := context.WithCancel(parent)
	defer cancel()
	stream, err := t.client.TapService.TapLink(ctx, t.request)
	if err != nil {
		t.lost(err)
		return false, err
	}
	defer closeStream(stream, cancel)
	for stream.Receive() {
		heard()
		if !t.take(stream.Msg()) {
			return true, nil
		}
	}
	t.lost(stream.Err())
	return false, stream.Err()
}

func (t *tap) lost(err error) {
	if t.lostBy == nil {
		t.lostBy = err
	}
}

// Answers false where nothing is to follow.
func (t *tap) take(response *pb.TapLinkResponse) bool {
	switch message := response.GetMessage().(type) {
	case *pb.TapLinkResponse_Started:
		isFirst, cause := !t.everStarted, t.lostBy
		t.everStarted, t.lostBy = true, nil
		return isFirst || t.yield(TapItem{Interruption: &TapInterruption{Cause: cause}}, nil)
	case *pb.TapLinkResponse_Frame:
		if t.isCounted {
			t.request.Count--
		}
		return t.yield(TapItem{Frame: message.Frame}, nil)
	case *pb.TapLinkResponse_Ending:
		if message.Ending.GetReason() != endingShutdown {
			t.yield(TapItem{Ending: message.Ending}, nil)
			return false
		}
	}
	return true
}
