package main

import (
	"context"
	"fmt"

	corev1 "k8s.io/api/core/v1"
	policyv1 "k8s.io/api/policy/v1"
	"k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/watch"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/util/retry"
)

// protobufClients writes, watches and deletes as Kubernetes' own components do: in protobuf, if the server answers with it or not.
func protobufClients(ctx context.Context, c cluster) error {
	config := rest.CopyConfig(c.config)
	config.ContentType = runtime.ContentTypeProtobuf
	clients, err := kubernetes.NewForConfig(config)
	if err != nil {
		return err
	}
	pods := clients.CoreV1().Pods(c.namespace)
	stream, err := pods.Watch(ctx, metav1.ListOptions{})
	if err != nil {
		return err
	}
	defer stream.Stop()
	cpu := resource.MustParse("1500m")
	grace := int64(0)
	pod := &corev1.Pod{
		ObjectMeta: metav1.ObjectMeta{Name: "sent", Labels: map[string]string{"app": "sent"}},
		Spec: corev1.PodSpec{
			// Nowhere: it is evicted before it runs.
			NodeSelector:                  map[string]string{"such": "a-node"},
			TerminationGracePeriodSeconds: &grace,
			Containers: []corev1.Container{{
				Name:      "main",
				Image:     image,
				Resources: corev1.ResourceRequirements{Requests: corev1.ResourceList{"cpu": cpu}},
			}},
		},
	}
	created, err := pods.Create(ctx, pod, metav1.CreateOptions{})
	if err != nil {
		return err
	}
	if asked := created.Spec.Containers[0].Resources.Requests.Cpu(); asked.Cmp(cpu) != 0 {
		return fmt.Errorf("the pod asks for %s", asked)
	}
	if event := <-stream.ResultChan(); event.Type != watch.Added || event.Object.(*corev1.Pod).UID != created.UID {
		return fmt.Errorf("the watch began with %v", event)
	}
	// The scheduler writes, too.
	if err := retry.RetryOnConflict(retry.DefaultBackoff, func() error {
		found, err := pods.Get(ctx, "sent", metav1.GetOptions{})
		if err != nil {
			return err
		}
		found.Annotations = map[string]string{"note": "changed"}
		_, err = pods.Update(ctx, found, metav1.UpdateOptions{})
		return err
	}); err != nil {
		return err
	}
	if _, err := pods.Update(ctx, created, metav1.UpdateOptions{}); !errors.IsConflict(err) {
		return fmt.Errorf("an update of an old version gave %v", err)
	}
	other := types.UID("another")
	wrong := metav1.DeleteOptions{Preconditions: &metav1.Preconditions{UID: &other}}
	if err := pods.Delete(ctx, "sent", wrong); !errors.IsConflict(err) {
		return fmt.Errorf("a deletion of another pod gave %v", err)
	}
	eviction := &policyv1.Eviction{ObjectMeta: metav1.ObjectMeta{Name: "sent"}}
	if err := pods.EvictV1(ctx, eviction); err != nil {
		return err
	}
	return eventually(ctx, func() bool {
		_, err := pods.Get(ctx, "sent", metav1.GetOptions{})
		return errors.IsNotFound(err)
	})
}
