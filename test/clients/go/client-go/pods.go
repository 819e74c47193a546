package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/httpstream"
	"k8s.io/apimachinery/pkg/util/intstr"
	"k8s.io/client-go/kubernetes/scheme"
	"k8s.io/client-go/tools/portforward"
	"k8s.io/client-go/tools/remotecommand"
	"k8s.io/client-go/transport/spdy"
	"k8s.io/client-go/util/exec"
)

// Names that every cluster of the tests has.
const (
	image       = "busybox:1.36"
	serverImage = "node:24"
)

func (c cluster) runPod(ctx context.Context, name string, command ...string) error {
	grace := int64(1)
	pod := &corev1.Pod{
		ObjectMeta: metav1.ObjectMeta{Name: name},
		Spec: corev1.PodSpec{
			RestartPolicy:                 corev1.RestartPolicyNever,
			TerminationGracePeriodSeconds: &grace,
			Containers:                    []corev1.Container{{Name: "main", Image: image, Command: command}},
		},
	}
	if _, err := c.clients.CoreV1().Pods(c.namespace).Create(ctx, pod, metav1.CreateOptions{}); err != nil {
		return err
	}
	return eventually(ctx, func() bool {
		found, err := c.clients.CoreV1().Pods(c.namespace).Get(ctx, name, metav1.GetOptions{})
		return err == nil && found.Status.Phase != corev1.PodPending
	})
}

func (c cluster) podURL(name, subresource string, options *corev1.PodExecOptions) *url.URL {
	request := c.clients.CoreV1().RESTClient().Post().Resource("pods").Namespace(c.namespace).Name(name).SubResource(subresource)
	if options != nil {
		request = request.VersionedParams(options, scheme.ParameterCodec)
	}
	return request.URL()
}

func execOverSPDY(ctx context.Context, c cluster) error {
	return execWith(ctx, c, func(address *url.URL) (remotecommand.Executor, error) {
		return remotecommand.NewSPDYExecutor(c.config, http.MethodPost, address)
	})
}

func execOverWebSocket(ctx context.Context, c cluster) error {
	return execWith(ctx, c, func(address *url.URL) (remotecommand.Executor, error) {
		return remotecommand.NewWebSocketExecutor(c.config, http.MethodGet, address.String())
	})
}

// execWith sends input, reads both outputs, and gets the exit code.
func execWith(ctx context.Context, c cluster, open func(*url.URL) (remotecommand.Executor, error)) error {
	if err := c.runPod(ctx, "exec", "sleep", "600"); err != nil {
		return err
	}
	execute := func(script, input string) (string, string, error) {
		executor, err := open(c.podURL("exec", "exec", &corev1.PodExecOptions{
			Container: "main",
			Command:   []string{"sh", "-c", script},
			Stdin:     true,
			Stdout:    true,
			Stderr:    true,
		}))
		if err != nil {
			return "", "", err
		}
		var stdout, stderr bytes.Buffer
		err = executor.StreamWithContext(ctx, remotecommand.StreamOptions{
			Stdin:  strings.NewReader(input),
			Stdout: &stdout,
			Stderr: &stderr,
		})
		return stdout.String(), stderr.String(), err
	}
	large := strings.Repeat("0123456789abcdef", 1<<16)
	stdout, stderr, err := execute("cat; echo words >&2", large)
	if err != nil {
		return err
	}
	if stdout != large || stderr != "words\n" {
		return fmt.Errorf("%d bytes of %d came back, and %q", len(stdout), len(large), stderr)
	}
	_, _, err = execute("exit 7", "")
	var exit exec.ExitError
	if !errors.As(err, &exit) || exit.ExitStatus() != 7 {
		return fmt.Errorf("exit 7 gave %v", err)
	}
	return nil
}

// logs follows a container to its end.
func logs(ctx context.Context, c cluster) error {
	if err := c.runPod(ctx, "talker", "sh", "-c", "for i in 1 2 3; do echo line $i; sleep 0.2; done"); err != nil {
		return err
	}
	stream, err := c.clients.CoreV1().Pods(c.namespace).GetLogs("talker", &corev1.PodLogOptions{Follow: true}).Stream(ctx)
	if err != nil {
		return err
	}
	defer stream.Close()
	text, err := io.ReadAll(stream)
	if err != nil {
		return err
	}
	if string(text) != "line 1\nline 2\nline 3\n" {
		return fmt.Errorf("the log is %q", text)
	}
	return nil
}

// portForward reaches a server in a pod, over SPDY and over WebSockets that tunnel it.
func portForward(ctx context.Context, c cluster) error {
	// Where a pod's network is not its own, its address is one of this machine's, and that is what a port-forward reaches.
	script := `
const { POD_IP } = process.env;
const host = POD_IP.startsWith('127.') ? POD_IP : '0.0.0.0';
require('http').createServer((_, response) => response.end('hello\n')).listen(8080, host)`
	grace := int64(1)
	pod := &corev1.Pod{
		ObjectMeta: metav1.ObjectMeta{Name: "server"},
		Spec: corev1.PodSpec{
			TerminationGracePeriodSeconds: &grace,
			Containers: []corev1.Container{{
				Name:    "main",
				Image:   serverImage,
				Command: []string{"node", "-e", script},
				Env: []corev1.EnvVar{{Name: "POD_IP", ValueFrom: &corev1.EnvVarSource{
					FieldRef: &corev1.ObjectFieldSelector{FieldPath: "status.podIP"},
				}}},
				ReadinessProbe: &corev1.Probe{
					PeriodSeconds: 1,
					ProbeHandler:  corev1.ProbeHandler{TCPSocket: &corev1.TCPSocketAction{Port: intstr.FromInt32(8080)}},
				},
			}},
		},
	}
	if _, err := c.clients.CoreV1().Pods(c.namespace).Create(ctx, pod, metav1.CreateOptions{}); err != nil {
		return err
	}
	if err := eventually(ctx, func() bool {
		found, err := c.clients.CoreV1().Pods(c.namespace).Get(ctx, "server", metav1.GetOptions{})
		if err != nil {
			return false
		}
		return slices.ContainsFunc(found.Status.Conditions, func(condition corev1.PodCondition) bool {
			return condition.Type == corev1.PodReady && condition.Status == corev1.ConditionTrue
		})
	}); err != nil {
		return err
	}
	address := c.podURL("server", "portforward", nil)
	transport, upgrader, err := spdy.RoundTripperFor(c.config)
	if err != nil {
		return err
	}
	overSPDY := spdy.NewDialer(upgrader, &http.Client{Transport: transport}, http.MethodPost, address)
	if err := fetchThrough(ctx, overSPDY); err != nil {
		return fmt.Errorf("over SPDY: %w", err)
	}
	overWebSocket, err := portforward.NewSPDYOverWebsocketDialer(address, c.config)
	if err != nil {
		return err
	}
	if err := fetchThrough(ctx, overWebSocket); err != nil {
		return fmt.Errorf("over a WebSocket: %w", err)
	}
	return nil
}

// fetchThrough forwards a free port of this machine, and asks it for the server's page several times.
func fetchThrough(ctx context.Context, dialer httpstream.Dialer) error {
	stop, ready := make(chan struct{}), make(chan struct{})
	defer close(stop)
	forwarder, err := portforward.NewOnAddresses(dialer, []string{"127.0.0.1"}, []string{"0:8080"}, stop, ready, io.Discard, io.Discard)
	if err != nil {
		return err
	}
	failed := make(chan error, 1)
	go func() { failed <- forwarder.ForwardPorts() }()
	select {
	case err := <-failed:
		return err
	case <-ready:
	case <-ctx.Done():
		return ctx.Err()
	}
	ports, err := forwarder.GetPorts()
	if err != nil {
		return err
	}
	for range 3 {
		response, err := http.Get(fmt.Sprintf("http://127.0.0.1:%d/", ports[0].Local))
		if err != nil {
			return err
		}
		text, err := io.ReadAll(response.Body)
		response.Body.Close()
		if err != nil {
			return err
		}
		if string(text) != "hello\n" {
			return fmt.Errorf("the page is %q", text)
		}
	}
	return nil
}
