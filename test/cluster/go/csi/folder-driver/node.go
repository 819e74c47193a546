package main

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"strings"
	"syscall"

	"github.com/container-storage-interface/spec/lib/go/csi"
)

// nodePlugin shows the folder of a volume where the kubelet wants it, by a bind mount.
type nodePlugin struct {
	csi.UnimplementedNodeServer
	store *store
	node  string
}

func (n *nodePlugin) NodeGetCapabilities(context.Context, *csi.NodeGetCapabilitiesRequest) (*csi.NodeGetCapabilitiesResponse, error) {
	return &csi.NodeGetCapabilitiesResponse{Capabilities: []*csi.NodeServiceCapability{{
		Type: &csi.NodeServiceCapability_Rpc{Rpc: &csi.NodeServiceCapability_RPC{
			Type: csi.NodeServiceCapability_RPC_SINGLE_NODE_MULTI_WRITER,
		}},
	}}}, nil
}

func (n *nodePlugin) NodeGetInfo(context.Context, *csi.NodeGetInfoRequest) (*csi.NodeGetInfoResponse, error) {
	return &csi.NodeGetInfoResponse{NodeId: n.node}, nil
}

func (n *nodePlugin) NodePublishVolume(_ context.Context, request *csi.NodePublishVolumeRequest) (*csi.NodePublishVolumeResponse, error) {
	volume, err := n.store.load(request.GetVolumeId())
	if err != nil {
		return nil, notFound(err)
	}
	target := request.GetTargetPath()
	isMounted, err := isMountPoint(target)
	if err != nil {
		return nil, internal(err)
	}
	if isMounted {
		return &csi.NodePublishVolumeResponse{}, nil
	}
	if err := os.MkdirAll(target, 0o750); err != nil {
		return nil, internal(err)
	}
	if err := syscall.Mount(n.store.filesOf(volume.ID), target, "", syscall.MS_BIND, ""); err != nil {
		return nil, internal(&fs.PathError{Op: "bind mount on", Path: target, Err: err})
	}
	if request.GetReadonly() {
		// A bind mount takes its flags only when it is made anew.
		if err := syscall.Mount("", target, "", syscall.MS_BIND|syscall.MS_REMOUNT|syscall.MS_RDONLY, ""); err != nil {
			return nil, internal(errors.Join(err, syscall.Unmount(target, 0)))
		}
	}
	return &csi.NodePublishVolumeResponse{}, nil
}

func (n *nodePlugin) NodeUnpublishVolume(_ context.Context, request *csi.NodeUnpublishVolumeRequest) (*csi.NodeUnpublishVolumeResponse, error) {
	target := request.GetTargetPath()
	isMounted, err := isMountPoint(target)
	if err != nil {
		return nil, internal(err)
	}
	if isMounted {
		if err := syscall.Unmount(target, 0); err != nil {
			return nil, internal(&fs.PathError{Op: "unmount", Path: target, Err: err})
		}
	}
	// Not RemoveAll: behind a mount that was missed are somebody's files.
	if err := os.Remove(target); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, internal(err)
	}
	return &csi.NodeUnpublishVolumeResponse{}, nil
}

func isMountPoint(path string) (bool, error) {
	mounts, err := os.ReadFile("/proc/self/mounts")
	if err != nil {
		return false, err
	}
	for line := range strings.Lines(string(mounts)) {
		if fields := strings.Fields(line); len(fields) > 1 && fields[1] == path {
			return true, nil
		}
	}
	return false, nil
}
