// One program that is Argo CD's repository server, its application controller or its ApplicationSet controller,
// by its first argument.
package main

import (
	"fmt"
	"os"

	appset "github.com/argoproj/argo-cd/v3/cmd/argocd-applicationset-controller/commands"
	controller "github.com/argoproj/argo-cd/v3/cmd/argocd-application-controller/commands"
	reposerver "github.com/argoproj/argo-cd/v3/cmd/argocd-repo-server/commands"
	"github.com/spf13/cobra"
)

func main() {
	argocd := &cobra.Command{Use: "argocd", SilenceUsage: true}
	argocd.AddCommand(reposerver.NewCommand(), controller.NewCommand(), appset.NewCommand())
	if err := argocd.Execute(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
