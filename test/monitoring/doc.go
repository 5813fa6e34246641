// Package monitoring holds what people on call look at to what there is: the
// dashboard is made here from a table of its panels, and no panel, alert or
// section of the runbook names a metric, a label or an alert that is not there.
package monitoring
