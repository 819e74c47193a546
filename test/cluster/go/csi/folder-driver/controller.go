package main

import (
	"context"
	"errors"
	"strconv"
	"time"

	"github.com/container-storage-interface/spec/lib/go/csi"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/timestamppb"
)

// controller makes, copies, grows and removes volumes and snapshots.
type controller struct {
	csi.UnimplementedControllerServer
	store *store
}

const smallestVolume = 1 << 20

func (c *controller) ControllerGetCapabilities(context.Context, *csi.ControllerGetCapabilitiesRequest) (*csi.ControllerGetCapabilitiesResponse, error) {
	answer := &csi.ControllerGetCapabilitiesResponse{}
	for _, capability := range []csi.ControllerServiceCapability_RPC_Type{
		csi.ControllerServiceCapability_RPC_CREATE_DELETE_VOLUME,
		csi.ControllerServiceCapability_RPC_CREATE_DELETE_SNAPSHOT,
		csi.ControllerServiceCapability_RPC_LIST_SNAPSHOTS,
		csi.ControllerServiceCapability_RPC_CLONE_VOLUME,
		csi.ControllerServiceCapability_RPC_EXPAND_VOLUME,
		csi.ControllerServiceCapability_RPC_SINGLE_NODE_MULTI_WRITER,
	} {
		answer.Capabilities = append(answer.Capabilities, &csi.ControllerServiceCapability{
			Type: &csi.ControllerServiceCapability_Rpc{Rpc: &csi.ControllerServiceCapability_RPC{Type: capability}},
		})
	}
	return answer, nil
}

func (c *controller) CreateVolume(ctx context.Context, request *csi.CreateVolumeRequest) (*csi.CreateVolumeResponse, error) {
	if request.GetName() == "" || len(request.GetVolumeCapabilities()) == 0 {
		return nil, status.Error(codes.InvalidArgument, "a volume needs a name and capabilities")
	}
	for _, capability := range request.GetVolumeCapabilities() {
		if capability.GetBlock() != nil {
			return nil, status.Error(codes.InvalidArgument, "volumes of folders can't be block devices")
		}
	}
	c.store.mutex.Lock()
	defer c.store.mutex.Unlock()
	wanted := record{
		ID:      identify("volume", request.GetName()),
		Source:  sourceOf(request.GetVolumeContentSource()),
		Size:    max(request.GetCapacityRange().GetRequiredBytes(), smallestVolume),
		Created: time.Now(),
	}
	volume, err := c.store.load(wanted.ID)
	switch {
	case err == nil && (volume.Size != wanted.Size || volume.Source != wanted.Source):
		return nil, status.Errorf(codes.AlreadyExists, "%s exists with another size or source", request.GetName())
	case errors.Is(err, errUnknown):
		if volume, err = wanted, c.makeVolume(ctx, wanted); err != nil {
			return nil, err
		}
	case err != nil:
		return nil, internal(err)
	}
	return &csi.CreateVolumeResponse{Volume: &csi.Volume{
		VolumeId:      volume.ID,
		CapacityBytes: volume.Size,
		ContentSource: request.GetVolumeContentSource(),
	}}, nil
}

func (c *controller) makeVolume(ctx context.Context, volume record) error {
	if volume.Source != "" {
		source, err := c.store.load(volume.Source)
		if err != nil {
			return notFound(err)
		}
		if volume.Size < source.Size {
			return status.Errorf(codes.OutOfRange, "%d bytes are fewer than the %d of the source", volume.Size, source.Size)
		}
	}
	return internal(c.store.create(ctx, volume))
}

func sourceOf(source *csi.VolumeContentSource) string {
	if snapshot := source.GetSnapshot(); snapshot != nil {
		return snapshot.GetSnapshotId()
	}
	return source.GetVolume().GetVolumeId()
}

func (c *controller) DeleteVolume(_ context.Context, request *csi.DeleteVolumeRequest) (*csi.DeleteVolumeResponse, error) {
	c.store.mutex.Lock()
	defer c.store.mutex.Unlock()
	return &csi.DeleteVolumeResponse{}, internal(c.store.remove(request.GetVolumeId()))
}

func (c *controller) ControllerExpandVolume(_ context.Context, request *csi.ControllerExpandVolumeRequest) (*csi.ControllerExpandVolumeResponse, error) {
	c.store.mutex.Lock()
	defer c.store.mutex.Unlock()
	volume, err := c.store.load(request.GetVolumeId())
	if err != nil {
		return nil, notFound(err)
	}
	volume.Size = max(volume.Size, request.GetCapacityRange().GetRequiredBytes())
	if err := c.store.save(volume); err != nil {
		return nil, internal(err)
	}
	return &csi.ControllerExpandVolumeResponse{CapacityBytes: volume.Size}, nil
}

func (c *controller) ValidateVolumeCapabilities(_ context.Context, request *csi.ValidateVolumeCapabilitiesRequest) (*csi.ValidateVolumeCapabilitiesResponse, error) {
	if _, err := c.store.load(request.GetVolumeId()); err != nil {
		return nil, notFound(err)
	}
	return &csi.ValidateVolumeCapabilitiesResponse{Confirmed: &csi.ValidateVolumeCapabilitiesResponse_Confirmed{
		VolumeCapabilities: request.GetVolumeCapabilities(),
	}}, nil
}

func (c *controller) CreateSnapshot(ctx context.Context, request *csi.CreateSnapshotRequest) (*csi.CreateSnapshotResponse, error) {
	c.store.mutex.Lock()
	defer c.store.mutex.Unlock()
	snapshot, err := takeSnapshot(ctx, c.store, record{
		ID:      identify("snapshot", request.GetName()),
		Source:  request.GetSourceVolumeId(),
		Created: time.Now(),
	})
	if err != nil {
		return nil, err
	}
	return &csi.CreateSnapshotResponse{Snapshot: describe(snapshot)}, nil
}

// takeSnapshot copies a volume, unless that was done before. The store's mutex is held.
func takeSnapshot(ctx context.Context, store *store, wanted record) (record, error) {
	before, err := store.load(wanted.ID)
	if err == nil && before.Source != wanted.Source {
		return before, status.Error(codes.AlreadyExists, "a snapshot of this name has another source")
	}
	if !errors.Is(err, errUnknown) {
		return before, internal(err)
	}
	volume, err := store.load(wanted.Source)
	if err != nil {
		return wanted, notFound(err)
	}
	wanted.Size = volume.Size
	return wanted, internal(store.create(ctx, wanted))
}

func (c *controller) DeleteSnapshot(_ context.Context, request *csi.DeleteSnapshotRequest) (*csi.DeleteSnapshotResponse, error) {
	c.store.mutex.Lock()
	defer c.store.mutex.Unlock()
	snapshot, err := c.store.load(request.GetSnapshotId())
	if err == nil && snapshot.Group != "" {
		return nil, status.Errorf(codes.InvalidArgument, "%s goes with its group %s", snapshot.ID, snapshot.Group)
	}
	return &csi.DeleteSnapshotResponse{}, internal(c.store.remove(request.GetSnapshotId()))
}

func (c *controller) ListSnapshots(_ context.Context, request *csi.ListSnapshotsRequest) (*csi.ListSnapshotsResponse, error) {
	c.store.mutex.Lock()
	defer c.store.mutex.Unlock()
	snapshots, err := c.store.list("snapshot")
	if err != nil {
		return nil, internal(err)
	}
	var entries []*csi.ListSnapshotsResponse_Entry
	for _, snapshot := range snapshots {
		if (request.GetSnapshotId() == "" || request.GetSnapshotId() == snapshot.ID) &&
			(request.GetSourceVolumeId() == "" || request.GetSourceVolumeId() == snapshot.Source) {
			entries = append(entries, &csi.ListSnapshotsResponse_Entry{Snapshot: describe(snapshot)})
		}
	}
	return page(entries, request.GetStartingToken(), int(request.GetMaxEntries()))
}

// page cuts a list as its caller asks; a token is the position of the first entry.
func page(entries []*csi.ListSnapshotsResponse_Entry, token string, most int) (*csi.ListSnapshotsResponse, error) {
	first := 0
	if token != "" {
		var err error
		if first, err = strconv.Atoi(token); err != nil || first < 0 || first > len(entries) {
			return nil, status.Errorf(codes.Aborted, "%q is no token of this list", token)
		}
	}
	entries = entries[first:]
	answer := &csi.ListSnapshotsResponse{Entries: entries}
	if most > 0 && most < len(entries) {
		answer.Entries, answer.NextToken = entries[:most], strconv.Itoa(first+most)
	}
	return answer, nil
}

func describe(snapshot record) *csi.Snapshot {
	return &csi.Snapshot{
		SnapshotId:      snapshot.ID,
		SourceVolumeId:  snapshot.Source,
		GroupSnapshotId: snapshot.Group,
		SizeBytes:       snapshot.Size,
		CreationTime:    timestamppb.New(snapshot.Created),
		ReadyToUse:      true,
	}
}

// notFound is for what a request names and the store may not have.
func notFound(err error) error {
	if errors.Is(err, errUnknown) {
		return status.Error(codes.NotFound, err.Error())
	}
	return internal(err)
}

func internal(err error) error {
	if err == nil {
		return nil
	}
	return status.Error(codes.Internal, err.Error())
}
