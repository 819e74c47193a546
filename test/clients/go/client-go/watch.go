package main

import (
	"context"
	"fmt"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/watch"
	"k8s.io/client-go/tools/cache"
	watchtools "k8s.io/client-go/tools/watch"
)

// watchWithBookmarks streams a list through a watch, and gets the bookmark that ends it.
func watchWithBookmarks(ctx context.Context, c cluster) error {
	configMaps := c.clients.CoreV1().ConfigMaps(c.namespace)
	if _, err := configMaps.Create(ctx, configMap("first", nil), metav1.CreateOptions{}); err != nil {
		return err
	}
	yes := true
	stream, err := configMaps.Watch(ctx, metav1.ListOptions{
		AllowWatchBookmarks:  true,
		SendInitialEvents:    &yes,
		ResourceVersionMatch: metav1.ResourceVersionMatchNotOlderThan,
	})
	if err != nil {
		return err
	}
	seen := map[string]bool{}
	for event := range stream.ResultChan() {
		object, err := cache.ObjectToName(event.Object)
		if err != nil {
			return err
		}
		if event.Type != watch.Bookmark {
			seen[object.Name] = true
			continue
		}
		accessor, err := metaOf(event)
		if err != nil {
			return err
		}
		if accessor.GetAnnotations()[metav1.InitialEventsAnnotationKey] != "true" {
			return fmt.Errorf("the first bookmark has annotations %v", accessor.GetAnnotations())
		}
		break
	}
	stream.Stop()
	if !seen["first"] {
		return fmt.Errorf("only %v came before the bookmark", seen)
	}

	// A watch that is opened again where it ended misses nothing.
	list, err := configMaps.List(ctx, metav1.ListOptions{})
	if err != nil {
		return err
	}
	retrying, err := watchtools.NewRetryWatcherWithContext(ctx, list.ResourceVersion, &cache.ListWatch{
		WatchFuncWithContext: func(ctx context.Context, options metav1.ListOptions) (watch.Interface, error) {
			seconds := int64(1)
			options.TimeoutSeconds = &seconds
			return configMaps.Watch(ctx, options)
		},
	})
	if err != nil {
		return err
	}
	defer retrying.Stop()
	go func() {
		for index := range 5 {
			_, _ = configMaps.Create(ctx, configMap(fmt.Sprintf("later%d", index), nil), metav1.CreateOptions{})
		}
	}()
	for count := 0; count < 5; {
		select {
		case event := <-retrying.ResultChan():
			if event.Type == watch.Added {
				count++
			}
		case <-ctx.Done():
			return fmt.Errorf("%d of 5 came", count)
		}
	}
	return nil
}

func metaOf(event watch.Event) (metav1.Object, error) {
	object, ok := event.Object.(metav1.Object)
	if !ok {
		return nil, fmt.Errorf("a %T came", event.Object)
	}
	return object, nil
}

// paging lists more objects than fit on a page, each once.
func paging(ctx context.Context, c cluster) error {
	configMaps := c.clients.CoreV1().ConfigMaps(c.namespace)
	for index := range 25 {
		object := configMap(fmt.Sprintf("p%02d", index), nil)
		object.Labels = map[string]string{"paged": "yes"}
		if _, err := configMaps.Create(ctx, object, metav1.CreateOptions{}); err != nil {
			return err
		}
	}
	names := map[string]bool{}
	options := metav1.ListOptions{Limit: 10, LabelSelector: "paged=yes"}
	pages := 0
	for {
		list, err := configMaps.List(ctx, options)
		if err != nil {
			return err
		}
		pages++
		for _, object := range list.Items {
			names[object.Name] = true
		}
		if list.Continue == "" {
			break
		}
		options.Continue = list.Continue
	}
	if pages != 3 || len(names) != 25 {
		return fmt.Errorf("%d objects on %d pages", len(names), pages)
	}
	return nil
}
