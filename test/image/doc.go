// Package image tests the Dockerfile: that the image builds without a network from
// base images made here, holds nothing but the worker, and runs as Kubernetes will
// run it. What needs a container engine has the build tag image.
package image
