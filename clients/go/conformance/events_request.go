package main

import (
	streamlib "github.com/streamlib/streamlib/clients/go"
	pb "github.com/streamlib/streamlib/clients/go/gen/streamlib/v1"
)

func eventsFilter(request *pb.SubscribeRequest) streamlib.Filter {
	return streamlib.Filter{
		Topics:      request.GetTopics(),
		Types:       request.GetTypes(),
		ProcessorID: request.GetProcessorId(),
		LinkID:      request.GetLinkId(),
		RunnerID:    request.GetRunnerId(),
		PipelineID:  request.GetPipelineId(),
		Symbol:      request.GetSymbol(),
	}
}

// The rest of a request, in the words of the client.
func eventsOptions(request *pb.SubscribeRequest) ([]streamlib.EventsOption, error) {
	var options []streamlib.EventsOption
	if request.GetAfter() != "" {
		options = append(options, streamlib.WithAfter(request.GetAfter()))
	}
	if request.AfterSequence != nil || request.GetStreamId() != "" {
		options = append(options, streamlib.WithAfterSequence(request.GetStreamId(), request.GetAfterSequence()))
	}
	if request.GetSnapshot() {
		options = append(options, streamlib.WithSnapshot())
	}
	if request.Heartbeat != nil {
		options = append(options, streamlib.WithHeartbeat(request.GetHeartbeat().AsDuration()))
	}
	switch request.GetOnGap() {
	case pb.GapPolicy_GAP_POLICY_UNSPECIFIED, pb.GapPolicy_GAP_POLICY_CONTINUE:
	case pb.GapPolicy_GAP_POLICY_FAIL:
		options = append(options, streamlib.WithFailOnGap())
	default:
		return nil, invalid("on_gap must be CONTINUE or FAIL, was %s", request.GetOnGap())
	}
	switch request.GetTicks() {
	case pb.TickPolicy_TICK_POLICY_UNSPECIFIED, pb.TickPolicy_TICK_POLICY_EVERY:
	case pb.TickPolicy_TICK_POLICY_LATEST:
		options = append(options, streamlib.WithLatestTicks())
	default:
		return nil, invalid("ticks must be EVERY or LATEST, was %s", request.GetTicks())
	}
	return options, nil
}
