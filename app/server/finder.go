package server

import (
	"context"
	"net/url"
	"os"
	"strconv"

	"github.com/quillium/quillium/app/auth"
	"github.com/quillium/quillium/app/llm/openai"
	"github.com/quillium/quillium/app/model"
)

// findModels wires who looks for models on this machine, takes the first where
// QUILLIUM_AUTODETECT says so, and has lists fetched from then on.
func (s *Server) findModels(ctx context.Context, models *model.Service) (*model.Finder, error) {
	container := inContainer()
	places := s.options.ModelPlaces
	if places == nil {
		places = model.Places(container)
	}
	finder := model.NewFinder(models, openai.Probe(openai.ProbeTime), model.FinderOptions{
		Detection: model.Detection(s.config.Autodetect), Places: places, Own: s.ownPorts(), Container: container,
	})
	found, err := finder.UseFirst(ctx, auth.CommandLine())
	if err != nil {
		return nil, err
	}
	if found.Program != "" {
		s.options.Log.Info("models: found and connected", "program", found.Program, "address", found.BaseURL)
	}
	s.loop("models", models.Run)
	return finder, nil
}

// ownPorts are where this server answers: here, and where people find it, which
// may be a port of the host that leads here.
func (s *Server) ownPorts() []int {
	ports := []int{int(s.Addr().Port()), s.config.Port}
	if public, err := url.Parse(s.config.PublicURL); err == nil {
		if port, err := strconv.Atoi(public.Port()); err == nil {
			ports = append(ports, port)
		}
	}
	return ports
}

// inContainer tells whether an engine for containers started this process.
func inContainer() bool {
	for _, mark := range []string{"/.dockerenv", "/run/.containerenv"} {
		if _, err := os.Stat(mark); err == nil {
			return true
		}
	}
	return os.Getenv("container") != ""
}
