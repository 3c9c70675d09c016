package assistant

import "context"

// For stories that turn the loops by hand, one step at a time.

func (s *Service) Wake(ctx context.Context) error { return s.register(ctx) }

func (s *Service) FlushNow(ctx context.Context) error { return s.flush(ctx, s.live.all()) }

func (s *Service) ClaimNow(ctx context.Context) error { return s.claim(ctx) }

func (s *Service) TakeOverNow(ctx context.Context) error { return s.takeOver(ctx) }

func (s *Service) EndLife() { s.endLife(errDraining) }
