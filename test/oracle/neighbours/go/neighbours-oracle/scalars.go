package main

import (
	"time"

	"k8s.io/apimachinery/pkg/api/resource"
)

type quantityInput struct {
	Text  string `json:"text"`
	Other string `json:"other"`
}

func quantity(input quantityInput) any {
	parsed, err := resource.ParseQuantity(input.Text)
	if err != nil {
		return refused(err)
	}
	other, err := resource.ParseQuantity(input.Other)
	if err != nil {
		return refused(err)
	}
	sum, difference := parsed.DeepCopy(), parsed.DeepCopy()
	sum.Add(other)
	difference.Sub(other)
	return map[string]any{
		"canonical":  parsed.String(),
		"whole":      wholeText(parsed),
		"compared":   parsed.Cmp(other),
		"sum":        sum.String(),
		"difference": difference.String(),
	}
}

// wholeText is the number rounded up, where 64 bits hold it.
func wholeText(parsed resource.Quantity) any {
	limit := resource.MustParse("9E")
	if parsed.Cmp(limit) >= 0 || parsed.Sign() < 0 {
		return nil
	}
	return text(parsed.Value())
}

type durationInput struct {
	Text        *string `json:"text"`
	Nanoseconds int64   `json:"nanoseconds,string"`
}

func duration(input durationInput) any {
	if input.Text == nil {
		return map[string]any{"string": time.Duration(input.Nanoseconds).String()}
	}
	parsed, err := time.ParseDuration(*input.Text)
	if err != nil {
		return refused(err)
	}
	return map[string]any{"nanoseconds": text(int64(parsed)), "string": parsed.String()}
}
