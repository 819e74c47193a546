package main

import (
	"context"
	"fmt"
	"sync/atomic"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/util/wait"
	"k8s.io/client-go/informers"
	"k8s.io/client-go/tools/cache"
	"k8s.io/client-go/util/retry"
	"k8s.io/client-go/util/workqueue"
)

func configMap(name string, data map[string]string) *corev1.ConfigMap {
	return &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Name: name}, Data: data}
}

// informer sees what was there before it, and every kind of change after.
func informer(ctx context.Context, c cluster) error {
	configMaps := c.clients.CoreV1().ConfigMaps(c.namespace)
	if _, err := configMaps.Create(ctx, configMap("before", nil), metav1.CreateOptions{}); err != nil {
		return err
	}
	factory := informers.NewSharedInformerFactoryWithOptions(c.clients, 0, informers.WithNamespace(c.namespace))
	shared := factory.Core().V1().ConfigMaps()
	var added, updated, deleted atomic.Int32
	if _, err := shared.Informer().AddEventHandler(cache.ResourceEventHandlerFuncs{
		AddFunc:    func(any) { added.Add(1) },
		UpdateFunc: func(any, any) { updated.Add(1) },
		DeleteFunc: func(any) { deleted.Add(1) },
	}); err != nil {
		return err
	}
	factory.Start(ctx.Done())
	if !cache.WaitForCacheSync(ctx.Done(), shared.Informer().HasSynced) {
		return fmt.Errorf("the informer did not synchronise")
	}
	if _, err := shared.Lister().ConfigMaps(c.namespace).Get("before"); err != nil {
		return err
	}
	base := added.Load()
	const count = 50
	for index := range count {
		name := fmt.Sprintf("c%d", index)
		if _, err := configMaps.Create(ctx, configMap(name, nil), metav1.CreateOptions{}); err != nil {
			return err
		}
		err := retry.RetryOnConflict(retry.DefaultRetry, func() error {
			current, err := configMaps.Get(ctx, name, metav1.GetOptions{})
			if err != nil {
				return err
			}
			current.Data = map[string]string{"changed": "yes"}
			_, err = configMaps.Update(ctx, current, metav1.UpdateOptions{})
			return err
		})
		if err != nil {
			return err
		}
		if err := configMaps.Delete(ctx, name, metav1.DeleteOptions{}); err != nil {
			return err
		}
	}
	err := eventually(ctx, func() bool {
		return added.Load()-base == count && updated.Load() >= count && deleted.Load() == count
	})
	if err != nil {
		return fmt.Errorf("%d added, %d updated, %d deleted: %w", added.Load()-base, updated.Load(), deleted.Load(), err)
	}
	left, err := shared.Lister().ConfigMaps(c.namespace).List(labels.Everything())
	if err != nil {
		return err
	}
	for _, found := range left {
		if found.Name != "before" && found.Name != "kube-root-ca.crt" {
			return fmt.Errorf("the cache still has %s", found.Name)
		}
	}
	return nil
}

// workQueue is a controller in small: keys from an informer, worked on by a worker, tried again after a failure.
func workQueue(ctx context.Context, c cluster) error {
	queue := workqueue.NewTypedRateLimitingQueue(workqueue.DefaultTypedControllerRateLimiter[string]())
	factory := informers.NewSharedInformerFactoryWithOptions(c.clients, 0, informers.WithNamespace(c.namespace))
	shared := factory.Core().V1().ConfigMaps()
	enqueue := func(object any) {
		if key, err := cache.MetaNamespaceKeyFunc(object); err == nil {
			queue.Add(key)
		}
	}
	if _, err := shared.Informer().AddEventHandler(cache.ResourceEventHandlerFuncs{
		AddFunc:    enqueue,
		UpdateFunc: func(_, object any) { enqueue(object) },
	}); err != nil {
		return err
	}
	factory.Start(ctx.Done())
	if !cache.WaitForCacheSync(ctx.Done(), shared.Informer().HasSynced) {
		return fmt.Errorf("the informer did not synchronise")
	}
	configMaps := c.clients.CoreV1().ConfigMaps(c.namespace)
	failedOnce := map[string]bool{}
	go func() {
		for {
			key, quit := queue.Get()
			if quit {
				return
			}
			_, name, _ := cache.SplitMetaNamespaceKey(key)
			current, err := configMaps.Get(ctx, name, metav1.GetOptions{})
			if err == nil && current.Data["work"] == "todo" {
				if !failedOnce[key] {
					failedOnce[key] = true
					err = fmt.Errorf("the first try fails")
				} else {
					current = current.DeepCopy()
					current.Data["work"] = "done"
					_, err = configMaps.Update(ctx, current, metav1.UpdateOptions{})
				}
			}
			if err != nil {
				queue.AddRateLimited(key)
			} else {
				queue.Forget(key)
			}
			queue.Done(key)
		}
	}()
	defer queue.ShutDown()
	const count = 20
	for index := range count {
		data := map[string]string{"work": "todo"}
		if _, err := configMaps.Create(ctx, configMap(fmt.Sprintf("w%d", index), data), metav1.CreateOptions{}); err != nil {
			return err
		}
	}
	return eventually(ctx, func() bool {
		done := 0
		found, err := shared.Lister().ConfigMaps(c.namespace).List(labels.Everything())
		if err != nil {
			return false
		}
		for _, object := range found {
			if object.Data["work"] == "done" {
				done++
			}
		}
		return done == count
	})
}

func eventually(ctx context.Context, holds func() bool) error {
	return wait.PollUntilContextTimeout(ctx, 20*time.Millisecond, 30*time.Second, true, func(context.Context) (bool, error) {
		return holds(), nil
	})
}
