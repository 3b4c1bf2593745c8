package streamlib

import (
	"context"
	"fmt"
	"time"

	"connectrpc.com/connect"
)

// What a heartbeat may be late.
const silenceSlack = 2 * time.Second

// Ends the context of a stream on which nothing came for two heartbeats and some more: a peer that vanished without
// closing its connection says nothing either. Only waiting counts, not what the consumer does between.
type silenceWatch struct {
	limit  time.Duration
	timer  *time.Timer
	cancel context.CancelCauseFunc
}

func watchSilence(parent context.Context, heartbeat time.Duration) (context.Context, *silenceWatch) {
	ctx, cancel := context.WithCancelCause(parent)
	limit := 2*heartbeat + silenceSlack
	silent := &Error{
		Code:      connect.CodeUnavailable,
		Message:   fmt.Sprintf("nothing came from the server for %s", limit),
		Retryable: true,
	}
	watch := &silenceWatch{limit: limit, cancel: cancel, timer: time.AfterFunc(limit, func() { cancel(silent) })}
	return ctx, watch
}

func (w *silenceWatch) waiting() { w.timer.Reset(w.limit) }

func (w *silenceWatch) came() { w.timer.Stop() }

func (w *silenceWatch) end() {
	w.timer.Stop()
	w.cancel(nil)
}
