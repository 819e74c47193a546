// Package param has the types that Kanister gives its templates: names, kinds and order of fields are what templates observe.
package param

import (
	v1 "k8s.io/api/core/v1"

	"templates/v1alpha1"
)

type TemplateParams struct {
	StatefulSet      *StatefulSetParams
	DeploymentConfig *DeploymentConfigParams
	Deployment       *DeploymentParams
	PVC              *PVCParams
	Namespace        *NamespaceParams
	ArtifactsIn      map[string]v1alpha1.Artifact
	ConfigMaps       map[string]v1.ConfigMap
	Secrets          map[string]v1.Secret
	Time             string
	Profile          *Profile
	RepositoryServer *RepositoryServer
	Options          map[string]string
	Object           map[string]interface{}
	CurrentPhase     *Phase
	Phases           map[string]*Phase
	DeferPhase       *Phase
	PodOverride      map[string]interface{}
	PodAnnotations   map[string]string
	PodLabels        map[string]string
}

type StatefulSetParams struct {
	Name                   string
	Namespace              string
	Pods                   []string
	Containers             [][]string
	PersistentVolumeClaims map[string]map[string]string
}

type DeploymentConfigParams StatefulSetParams

type DeploymentParams StatefulSetParams

type PVCParams struct {
	Name      string
	Namespace string
}

type NamespaceParams struct {
	Name      string
	Namespace string
}

type Profile struct {
	Location      v1alpha1.Location
	Credential    Credential
	SkipSSLVerify bool
}

type CredentialType string

type Credential struct {
	Type              CredentialType
	KeyPair           *KeyPair
	Secret            *v1.Secret
	KopiaServerSecret *KopiaServerCreds
}

type KeyPair struct {
	ID     string
	Secret string
}

type KopiaServerCreds struct {
	Username       string
	Hostname       string
	Password       string
	Cert           string
	ConnectOptions map[string]int
}

type RepositoryServer struct {
	Name            string
	Namespace       string
	ServerInfo      v1alpha1.ServerInfo
	Username        string
	Credentials     RepositoryServerCredentials
	Address         string
	ContentCacheMB  int
	MetadataCacheMB int
}

type RepositoryServerCredentials struct {
	ServerTLS        v1.Secret
	ServerUserAccess v1.Secret
}

type Phase struct {
	Secrets    map[string]v1.Secret
	ConfigMaps map[string]v1.ConfigMap
	Output     map[string]interface{}
}
