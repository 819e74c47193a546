// Package shape has structs that cover what templates can meet in one: embedding, pointers, interfaces, named types, hidden fields.
package shape

type Level string

type Meta struct {
	Name   string            `json:"name,omitempty"`
	Labels map[string]string `json:"labels,omitempty"`
}

type Workload struct {
	Meta     `json:"metadata"`
	Replicas int32    `json:"replicas"`
	Ratio    float64  `json:"ratio,omitempty"`
	Ready    bool     `json:"ready,omitempty"`
	Pods     []string `json:"pods,omitempty"`
	Level    Level    `json:"level,omitempty"`
	Data     []byte   `json:"data,omitempty"`
	Anything any      `json:"anything"`
	Owner    *Meta    `json:"owner,omitempty"`
	Next     *Workload
	Skipped  string `json:"-"`
	hidden   string
}
