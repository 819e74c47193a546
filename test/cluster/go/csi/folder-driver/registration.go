package main

import (
	"context"
	"log"

	registration "k8s.io/kubelet/pkg/apis/pluginregistration/v1"
)

// kubeletRegistration tells the kubelet where the driver is.
type kubeletRegistration struct {
	registration.UnimplementedRegistrationServer
	name   string
	socket string
}

func (k *kubeletRegistration) GetInfo(context.Context, *registration.InfoRequest) (*registration.PluginInfo, error) {
	return &registration.PluginInfo{
		Type:              registration.CSIPlugin,
		Name:              k.name,
		Endpoint:          k.socket,
		SupportedVersions: []string{"1.0.0"},
	}, nil
}

func (k *kubeletRegistration) NotifyRegistrationStatus(_ context.Context, answer *registration.RegistrationStatus) (*registration.RegistrationStatusResponse, error) {
	if !answer.GetPluginRegistered() {
		log.Printf("the kubelet did not register the driver: %s", answer.GetError())
	}
	return &registration.RegistrationStatusResponse{}, nil
}
