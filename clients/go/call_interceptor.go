package streamlib

import (
	"context"
	"errors"
	"io"

	"connectrpc.com/connect"
)

// Every call passes here: it gets the token, its error becomes an *Error, and the first that succeeds has the server's
// version looked at.
type callInterceptor struct {
	token string
	// Absent for the call that asks for the version.
	check *versionCheck
}

func (i *callInterceptor) WrapUnary(next connect.UnaryFunc) connect.UnaryFunc {
	return func(ctx context.Context, request connect.AnyRequest) (connect.AnyResponse, error) {
		if i.token != "" {
			request.Header().Set("Authorization", "Bearer "+i.token)
		}
		response, err := next(ctx, request)
		if err != nil {
			return nil, toError(err)
		}
		i.check.start()
		return response, nil
	}
}

func (i *callInterceptor) WrapStreamingClient(next connect.StreamingClientFunc) connect.StreamingClientFunc {
	return func(ctx context.Context, spec connect.Spec) connect.StreamingClientConn {
		conn := next(ctx, spec)
		if i.token != "" {
			conn.RequestHeader().Set("Authorization", "Bearer "+i.token)
		}
		return &callConn{StreamingClientConn: conn, check: i.check}
	}
}

func (i *callInterceptor) WrapStreamingHandler(next connect.StreamingHandlerFunc) connect.StreamingHandlerFunc {
	return next
}

type callConn struct {
	connect.StreamingClientConn
	check *versionCheck
}

func (c *callConn) Send(message any) error {
	return toStreamError(c.StreamingClientConn.Send(message))
}

func (c *callConn) CloseRequest() error {
	return toStreamError(c.StreamingClientConn.CloseRequest())
}

func (c *callConn) Receive(message any) error {
	if err := c.StreamingClientConn.Receive(message); err != nil {
		return toStreamError(err)
	}
	c.check.start()
	return nil
}

// The end of a stream is io.EOF, which is no error, unless it is wrapped in one.
func toStreamError(err error) error {
	var failure *connect.Error
	if err == nil || (errors.Is(err, io.EOF) && !errors.As(err, &failure)) {
		return err
	}
	return toError(err)
}
