// Package chart tests deploy/helm: rendered by Helm 3 and Helm 4, held against the
// schemas of the oldest and the newest Kubernetes, of KEDA and of the Prometheus
// operator, against the restricted pod security standard, and against the worker
// itself. It is a module of its own, so that the worker's does not require Helm.
package chart
