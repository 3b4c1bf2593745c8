package streamlib

import (
	"context"
	"errors"
	"log/slog"

	"connectrpc.com/connect"
)

// One connection's worth of a stream. `heard` is to be called for every message. Done means that nothing is to follow;
// else the stream has ended, with the error or by itself, and is opened anew.
type streamAttempt func(ctx context.Context, heard func()) (done bool, err error)

// Opens a stream again and again until it is done, the context ends, or there is an error that no further attempt
// could mend, which is the answer.
func follow(ctx context.Context, logger *slog.Logger, attempt streamAttempt) error {
	var waits backoff
	everHeard := false
	heard := func() {
		waits.reset()
		everHeard = true
	}
	for {
		done, err := attempt(ctx, heard)
		if done || ctx.Err() != nil {
			return nil
		}
		if err != nil && !isMendable(err, everHeard) {
			return err
		}
		delay := waits.next(err)
		if err == nil {
			logger.InfoContext(ctx, "the server ended a stream, which is opened again", "delay", delay)
		} else {
			logger.WarnContext(ctx, "a stream was lost and is opened again", "delay", delay, "error", err)
		}
		if !pause(ctx, delay) {
			return nil
		}
	}
}

// What the server says is final, unless it is away. What went wrong on the way is not, once the way was seen to work;
// before that it may be the wrong way, which only a refused or broken connection is not.
func isMendable(err error, everHeard bool) bool {
	var failure *Error
	if !errors.As(err, &failure) {
		return false
	}
	if failure.isFromServer {
		return failure.Code == connect.CodeUnavailable
	}
	switch failure.Code {
	// These are what an answer of HTTP became that is none of the protocol.
	case connect.CodeUnimplemented, connect.CodeUnauthenticated, connect.CodePermissionDenied:
		return false
	default:
		return everHeard || failure.isLostConnection()
	}
}

// NB: closing reads to the end, which a stream without end has only once its context is over.
func closeStream[Response any](stream *connect.ServerStreamForClient[Response], cancel context.CancelFunc) {
	cancel()
	_ = stream.Close()
}
