package streamlib

import (
	"context"
	"errors"
	"io"
	"net"

	"connectrpc.com/connect"
)

// Whether the call ended because the connection did: not by the server's word, nor by the caller's.
func (e *Error) isLostConnection() bool {
	if e.isFromServer || errors.Is(e.cause, context.Canceled) || errors.Is(e.cause, context.DeadlineExceeded) {
		return false
	}
	var network net.Error
	return e.Code == connect.CodeUnavailable ||
		errors.Is(e.cause, io.EOF) || errors.Is(e.cause, io.ErrUnexpectedEOF) || errors.As(e.cause, &network)
}
