package streamlib

import (
	"errors"
	"fmt"

	"connectrpc.com/connect"
	"google.golang.org/genproto/googleapis/rpc/errdetails"
)

// Error is why a call failed. Every method of a [Client] and of its services answers errors of this type:
//
//	var failure *streamlib.Error
//	if errors.As(err, &failure) && failure.Reason == "PROCESSOR_NOT_FOUND" { … }
//
// It wraps the [*connect.Error] that it was made from, and with it [context.Canceled] and [context.DeadlineExceeded].
type Error struct {
	// Code is the class of the failure.
	Code connect.Code
	// Reason is one of the list in docs/errors.md, as PROCESSOR_NOT_FOUND. Empty where the failure is not the server's
	// word, as that of a connection.
	Reason string
	// Message is for people.
	Message string
	// Violations are the fields of the request that were wrong.
	Violations []Violation
	// Metadata goes with the reason.
	Metadata map[string]string
	// Retryable says that the same call may succeed a little later: the server was not reached, was lost during the
	// call, drains, or has too much to do. A call that was lost may have been executed: give a request_id to edits that
	// are repeated.
	Retryable bool

	isFromServer bool
	cause        error
}

// Violation is one wrong field of a request.
type Violation struct {
	// Field is the path of the field, as `config.frequency_hz`.
	Field       string
	Description string
}

func (e *Error) Error() string {
	if e.Reason == "" {
		return fmt.Sprintf("%s: %s", e.Code, e.Message)
	}
	return fmt.Sprintf("%s: %s: %s", e.Code, e.Reason, e.Message)
}

// Unwrap gives the [*connect.Error].
func (e *Error) Unwrap() error { return e.cause }

const (
	errorDomain     = "streamlib"
	reasonQueueFull = "QUEUE_FULL"
)

func toError(err error) *Error {
	var made *Error
	if errors.As(err, &made) {
		return made
	}
	var cause *connect.Error
	if !errors.As(err, &cause) {
		cause = connect.NewError(connect.CodeOf(err), err)
	}
	failure := &Error{
		Code:         cause.Code(),
		Message:      cause.Message(),
		isFromServer: connect.IsWireError(cause),
		cause:        cause,
	}
	for _, detail := range cause.Details() {
		value, unreadable := detail.Value()
		if unreadable != nil {
			// A detail that this client does not know is there for later ones; the cause has it still.
			continue
		}
		failure.add(value)
	}
	failure.Retryable = failure.Code == connect.CodeUnavailable || failure.Reason == reasonQueueFull || failure.isLostConnection()
	return failure
}

func (e *Error) add(detail any) {
	switch detail := detail.(type) {
	case *errdetails.ErrorInfo:
		if detail.GetDomain() == errorDomain {
			e.Reason = detail.GetReason()
			e.Metadata = detail.GetMetadata()
		}
	case *errdetails.BadRequest:
		for _, violation := range detail.GetFieldViolations() {
			e.Violations = append(e.Violations, Violation{violation.GetField(), violation.GetDescription()})
		}
	}
}
