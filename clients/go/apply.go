package streamlib

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"

	"connectrpc.com/connect"
	pb "github.com/streamlib/streamlib/clients/go/gen/streamlib/v1"
	"google.golang.org/protobuf/proto"
)

// ApplyOption is what [Graph.Apply] may be told.
type ApplyOption func(*pb.ApplyGraphRequest)

// WithDryRun answers the changes and impacts to be expected, and touches nothing.
func WithDryRun() ApplyOption {
	return func(request *pb.ApplyGraphRequest) { request.DryRun = true }
}

// WithExpectedRevision makes the edits only if nobody edited the graph since that revision; else the error is
// REVISION_MISMATCH.
func WithExpectedRevision(revision uint64) ApplyOption {
	return func(request *pb.ApplyGraphRequest) { request.ExpectedRevision = proto.Uint64(revision) }
}

// WithWait says what is waited for. Default: that the edits are accepted; they then become effective by themselves.
func WithWait(wait pb.Wait) ApplyOption {
	return func(request *pb.ApplyGraphRequest) { request.Wait = wait }
}

// WithOnFailure says what a processor that cannot be set up does to the edits. Default: the graph returns to what it
// was.
func WithOnFailure(onFailure pb.OnFailure) ApplyOption {
	return func(request *pb.ApplyGraphRequest) { request.OnFailure = onFailure }
}

// WithRequestID names the request, so that a repetition by another process is known. Default: a random one, which is
// kept while the call fails and nothing about it changes.
func WithRequestID(id string) ApplyOption {
	return func(request *pb.ApplyGraphRequest) { request.RequestId = id }
}

// Apply sends what was collected as one request: all of it is done, or nothing. A call that failed may be repeated as
// it was, as long as its error is Retryable: the server does nothing twice. What was collected stays.
func (g *Graph) Apply(ctx context.Context, options ...ApplyOption) (*pb.ApplyGraphResponse, error) {
	if len(g.faults) > 0 {
		fault := errors.Join(g.faults...)
		cause := connect.NewError(connect.CodeInvalidArgument, fault)
		return nil, &Error{Code: connect.CodeInvalidArgument, Message: fault.Error(), cause: cause}
	}
	request := &pb.ApplyGraphRequest{Commands: g.edits}
	for _, option := range options {
		option(request)
	}
	if request.GetRequestId() == "" {
		id, err := g.retry.idOf(request)
		if err != nil {
			return nil, toError(err)
		}
		request.RequestId = id
	}
	response, err := g.client.Runtime.ApplyGraph(ctx, request)
	if err == nil {
		g.retry = applyRetry{}
	}
	return response, err
}

// The id of the request that failed last, for the next one if that is the same.
type applyRetry struct {
	id      string
	payload []byte
}

func (r *applyRetry) idOf(request *pb.ApplyGraphRequest) (string, error) {
	payload, err := proto.MarshalOptions{Deterministic: true}.Marshal(request)
	if err != nil {
		return "", err
	}
	if r.id == "" || !bytes.Equal(r.payload, payload) {
		*r = applyRetry{id: rand.Text(), payload: payload}
	}
	return r.id, nil
}
