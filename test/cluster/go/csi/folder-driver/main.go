// Command folder-driver is a CSI driver whose volumes and snapshots are folders of one machine. It registers itself with the kubelet, so
// that it needs no registrar beside it. It has no block volumes, no topology, and it does not enforce sizes.
package main

import (
	"context"
	"flag"
	"log"
	"net"
	"os"
	"path/filepath"
	"time"

	"github.com/container-storage-interface/spec/lib/go/csi"
	"google.golang.org/grpc"
	registration "k8s.io/kubelet/pkg/apis/pluginregistration/v1"
)

func main() {
	name := flag.String("name", "", "the driver's name, as in StorageClasses")
	folder := flag.String("folder", "", "holds volumes and snapshots")
	socket := flag.String("socket", "", "where the driver is served")
	plugins := flag.String("plugins", "", "the kubelet's plugins_registry folder")
	node := flag.String("node", "", "the name of this node")
	flag.Parse()
	for option, value := range map[string]string{"name": *name, "folder": *folder, "socket": *socket, "plugins": *plugins, "node": *node} {
		if value == "" {
			log.Fatalf("folder-driver: --%s is needed", option)
		}
	}

	store, err := openStore(*folder)
	if err != nil {
		log.Fatalf("folder-driver: %v", err)
	}
	driver := grpc.NewServer(grpc.UnaryInterceptor(logCalls))
	csi.RegisterIdentityServer(driver, identity{name: *name})
	csi.RegisterControllerServer(driver, &controller{store: store})
	csi.RegisterGroupControllerServer(driver, &groupController{store: store})
	csi.RegisterNodeServer(driver, &nodePlugin{store: store, node: *node})
	registrar := grpc.NewServer()
	registration.RegisterRegistrationServer(registrar, &kubeletRegistration{name: *name, socket: *socket})

	ended := make(chan error, 2)
	go func() { ended <- serve(driver, *socket) }()
	// The kubelet finds a plug-in by its socket, and asks it at once for the driver's.
	go func() { ended <- serve(registrar, filepath.Join(*plugins, *name+"-registration.sock")) }()
	log.Fatalf("folder-driver: %v", <-ended)
}

func serve(server *grpc.Server, socket string) error {
	if err := os.MkdirAll(filepath.Dir(socket), 0o755); err != nil {
		return err
	}
	if err := os.Remove(socket); err != nil && !os.IsNotExist(err) {
		return err
	}
	listener, err := net.Listen("unix", socket)
	if err != nil {
		return err
	}
	return server.Serve(listener)
}

func logCalls(ctx context.Context, request any, call *grpc.UnaryServerInfo, handle grpc.UnaryHandler) (any, error) {
	start := time.Now()
	answer, err := handle(ctx, request)
	if err != nil {
		log.Printf("%s failed after %v: %v", call.FullMethod, time.Since(start).Round(time.Millisecond), err)
	} else {
		log.Printf("%s took %v", call.FullMethod, time.Since(start).Round(time.Millisecond))
	}
	return answer, err
}
