// Drives a cluster as programs that are written with client-go do. Each scenario ends with exit code 0, or says what was not as it should be.
//
//	client-go-check --kubeconfig FILE --namespace NAMESPACE SCENARIO
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"slices"
	"strings"
	"time"

	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"
)

// cluster is what every scenario gets.
type cluster struct {
	config    *rest.Config
	clients   kubernetes.Interface
	dynamic   dynamic.Interface
	namespace string
}

var scenarios = map[string]func(context.Context, cluster) error{
	"apply":           serverSideApply,
	"discovery":       discovery,
	"dynamic":         dynamicObjects,
	"exec-spdy":       execOverSPDY,
	"exec-websocket":  execOverWebSocket,
	"informer":        informer,
	"leader-election": leaderElection,
	"logs":            logs,
	"paging":          paging,
	"port-forward":    portForward,
	"protobuf":        protobufClients,
	"watch":           watchWithBookmarks,
	"work-queue":      workQueue,
}

func main() {
	kubeconfig := flag.String("kubeconfig", "", "file that names the cluster")
	namespace := flag.String("namespace", "", "an empty namespace")
	flag.Parse()
	if err := run(*kubeconfig, *namespace, flag.Arg(0)); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(kubeconfig, namespace, name string) error {
	scenario, found := scenarios[name]
	if !found {
		names := []string{}
		for known := range scenarios {
			names = append(names, known)
		}
		slices.Sort(names)
		return fmt.Errorf("no scenario %q; there are %s", name, strings.Join(names, ", "))
	}
	config, err := clientcmd.BuildConfigFromFlags("", kubeconfig)
	if err != nil {
		return err
	}
	config.QPS, config.Burst = 200, 400
	clients, err := kubernetes.NewForConfig(config)
	if err != nil {
		return err
	}
	objects, err := dynamic.NewForConfig(config)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	return scenario(ctx, cluster{config, clients, objects, namespace})
}
