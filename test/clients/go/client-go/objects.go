package main

import (
	"context"
	"fmt"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"
	applycorev1 "k8s.io/client-go/applyconfigurations/core/v1"
	"k8s.io/client-go/restmapper"
)

// serverSideApply has two appliers share an object, and one of them take a field from the other.
func serverSideApply(ctx context.Context, c cluster) error {
	configMaps := c.clients.CoreV1().ConfigMaps(c.namespace)
	apply := func(manager string, force bool, data map[string]string) (*corev1.ConfigMap, error) {
		return configMaps.Apply(ctx, applycorev1.ConfigMap("shared", c.namespace).WithData(data),
			metav1.ApplyOptions{FieldManager: manager, Force: force})
	}
	if _, err := apply("one", false, map[string]string{"a": "1", "b": "1"}); err != nil {
		return err
	}
	if _, err := apply("two", false, map[string]string{"c": "2"}); err != nil {
		return err
	}
	if _, err := apply("two", false, map[string]string{"a": "2", "c": "2"}); !errors.IsConflict(err) {
		return fmt.Errorf("taking another's field gave %v", err)
	}
	if _, err := apply("two", true, map[string]string{"a": "2", "c": "2"}); err != nil {
		return err
	}
	// What nobody applies any more goes.
	last, err := apply("one", false, map[string]string{"b": "1"})
	if err != nil {
		return err
	}
	if got := fmt.Sprint(last.Data); got != "map[a:2 b:1 c:2]" {
		return fmt.Errorf("the object holds %s", got)
	}
	if last, err = apply("two", false, map[string]string{"c": "2"}); err != nil {
		return err
	}
	if got := fmt.Sprint(last.Data); got != "map[b:1 c:2]" {
		return fmt.Errorf("the object holds %s", got)
	}
	return nil
}

// dynamicObjects works on objects of which the program knows only the resource.
func dynamicObjects(ctx context.Context, c cluster) error {
	resource := schema.GroupVersionResource{Group: "apps", Version: "v1", Resource: "deployments"}
	deployments := c.dynamic.Resource(resource).Namespace(c.namespace)
	object := &unstructured.Unstructured{Object: map[string]any{
		"apiVersion": "apps/v1",
		"kind":       "Deployment",
		"metadata":   map[string]any{"name": "web"},
		"spec": map[string]any{
			"replicas": int64(0),
			"selector": map[string]any{"matchLabels": map[string]any{"app": "web"}},
			"template": map[string]any{
				"metadata": map[string]any{"labels": map[string]any{"app": "web"}},
				"spec":     map[string]any{"containers": []any{map[string]any{"name": "main", "image": image}}},
			},
		},
	}}
	if _, err := deployments.Create(ctx, object, metav1.CreateOptions{}); err != nil {
		return err
	}
	patch := []byte(`{"spec":{"template":{"spec":{"containers":[{"name":"main","env":[{"name":"A","value":"1"}]}]}}}}`)
	patched, err := deployments.Patch(ctx, "web", types.StrategicMergePatchType, patch, metav1.PatchOptions{})
	if err != nil {
		return err
	}
	containers, _, err := unstructured.NestedSlice(patched.Object, "spec", "template", "spec", "containers")
	if err != nil {
		return err
	}
	if len(containers) != 1 || containers[0].(map[string]any)["image"] != image {
		return fmt.Errorf("the containers are %v", containers)
	}
	scale, err := c.clients.AppsV1().Deployments(c.namespace).GetScale(ctx, "web", metav1.GetOptions{})
	if err != nil {
		return err
	}
	if scale.Spec.Replicas != 0 || scale.Status.Selector != "app=web" {
		return fmt.Errorf("the scale is %v", scale)
	}
	foreground := metav1.DeletePropagationForeground
	if err := deployments.Delete(ctx, "web", metav1.DeleteOptions{PropagationPolicy: &foreground}); err != nil {
		return err
	}
	return eventually(ctx, func() bool {
		_, err := deployments.Get(ctx, "web", metav1.GetOptions{})
		return errors.IsNotFound(err)
	})
}

// discovery finds resources by kind, as every generic program does.
func discovery(ctx context.Context, c cluster) error {
	groups, err := restmapper.GetAPIGroupResources(c.clients.Discovery())
	if err != nil {
		return err
	}
	mapper := restmapper.NewDiscoveryRESTMapper(groups)
	for kind, resource := range map[string]string{"Deployment": "deployments", "StatefulSet": "statefulsets", "DaemonSet": "daemonsets"} {
		mapping, err := mapper.RESTMapping(schema.GroupKind{Group: "apps", Kind: kind})
		if err != nil {
			return err
		}
		if mapping.Resource.Resource != resource {
			return fmt.Errorf("%s is %s", kind, mapping.Resource.Resource)
		}
	}
	if _, err := c.clients.Discovery().ServerVersion(); err != nil {
		return err
	}
	_, err = c.clients.Discovery().OpenAPIV3().Paths()
	return err
}
