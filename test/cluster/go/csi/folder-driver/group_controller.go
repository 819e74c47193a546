package main

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/container-storage-interface/spec/lib/go/csi"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/timestamppb"
)

// groupController takes snapshots of several volumes at one moment.
type groupController struct {
	csi.UnimplementedGroupControllerServer
	store *store
}

func (g *groupController) GroupControllerGetCapabilities(context.Context, *csi.GroupControllerGetCapabilitiesRequest) (*csi.GroupControllerGetCapabilitiesResponse, error) {
	return &csi.GroupControllerGetCapabilitiesResponse{Capabilities: []*csi.GroupControllerServiceCapability{{
		Type: &csi.GroupControllerServiceCapability_Rpc{Rpc: &csi.GroupControllerServiceCapability_RPC{
			Type: csi.GroupControllerServiceCapability_RPC_CREATE_DELETE_GET_VOLUME_GROUP_SNAPSHOT,
		}},
	}}}, nil
}

func (g *groupController) CreateVolumeGroupSnapshot(ctx context.Context, request *csi.CreateVolumeGroupSnapshotRequest) (*csi.CreateVolumeGroupSnapshotResponse, error) {
	if request.GetName() == "" || len(request.GetSourceVolumeIds()) == 0 {
		return nil, status.Error(codes.InvalidArgument, "a group snapshot needs a name and volumes")
	}
	g.store.mutex.Lock()
	defer g.store.mutex.Unlock()
	group, err := g.store.load(identify("group", request.GetName()))
	if errors.Is(err, errUnknown) {
		group, err = g.take(ctx, request)
	}
	if err != nil {
		return nil, internalUnlessStatus(err)
	}
	described, err := g.describe(group)
	if err != nil {
		return nil, err
	}
	return &csi.CreateVolumeGroupSnapshotResponse{GroupSnapshot: described}, nil
}

func (g *groupController) take(ctx context.Context, request *csi.CreateVolumeGroupSnapshotRequest) (record, error) {
	group := record{ID: identify("group", request.GetName()), Created: time.Now()}
	for _, volume := range request.GetSourceVolumeIds() {
		snapshot, err := takeSnapshot(ctx, g.store, record{
			ID:      identify("snapshot", request.GetName()+"/"+volume),
			Source:  volume,
			Group:   group.ID,
			Created: group.Created,
		})
		if err != nil {
			return group, errors.Join(err, g.discard(group))
		}
		group.Members = append(group.Members, snapshot.ID)
	}
	return group, g.store.save(group)
}

// discard removes the snapshots of a group, and then the group.
func (g *groupController) discard(group record) error {
	for _, member := range group.Members {
		if err := g.store.remove(member); err != nil {
			return err
		}
	}
	return g.store.remove(group.ID)
}

func (g *groupController) DeleteVolumeGroupSnapshot(_ context.Context, request *csi.DeleteVolumeGroupSnapshotRequest) (*csi.DeleteVolumeGroupSnapshotResponse, error) {
	g.store.mutex.Lock()
	defer g.store.mutex.Unlock()
	group, err := g.store.load(request.GetGroupSnapshotId())
	if errors.Is(err, errUnknown) {
		return &csi.DeleteVolumeGroupSnapshotResponse{}, nil
	}
	if err != nil {
		return nil, internal(err)
	}
	if err := mismatch(group, request.GetSnapshotIds()); err != nil {
		return nil, err
	}
	return &csi.DeleteVolumeGroupSnapshotResponse{}, internal(g.discard(group))
}

func (g *groupController) GetVolumeGroupSnapshot(_ context.Context, request *csi.GetVolumeGroupSnapshotRequest) (*csi.GetVolumeGroupSnapshotResponse, error) {
	g.store.mutex.Lock()
	defer g.store.mutex.Unlock()
	group, err := g.store.load(request.GetGroupSnapshotId())
	if err != nil {
		return nil, notFound(err)
	}
	if err := mismatch(group, request.GetSnapshotIds()); err != nil {
		return nil, err
	}
	described, err := g.describe(group)
	if err != nil {
		return nil, err
	}
	return &csi.GetVolumeGroupSnapshotResponse{GroupSnapshot: described}, nil
}

func mismatch(group record, snapshots []string) error {
	for _, snapshot := range snapshots {
		if !slices.Contains(group.Members, snapshot) {
			return status.Errorf(codes.InvalidArgument, "%s is not in %s", snapshot, group.ID)
		}
	}
	return nil
}

func (g *groupController) describe(group record) (*csi.VolumeGroupSnapshot, error) {
	described := &csi.VolumeGroupSnapshot{
		GroupSnapshotId: group.ID,
		CreationTime:    timestamppb.New(group.Created),
		ReadyToUse:      true,
	}
	for _, member := range group.Members {
		snapshot, err := g.store.load(member)
		if err != nil {
			return nil, internal(err)
		}
		described.Snapshots = append(described.Snapshots, describe(snapshot))
	}
	return described, nil
}

func internalUnlessStatus(err error) error {
	if _, has := status.FromError(err); has {
		return err
	}
	return internal(err)
}
