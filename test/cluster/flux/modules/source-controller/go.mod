module flux

go 1.26.0

require github.com/fluxcd/source-controller v1.9.4

// A proxy may lack artifact 0.18.2, which it asks for.
replace github.com/fluxcd/pkg/artifact v0.18.2 => github.com/fluxcd/pkg/artifact v0.18.0

// As its own go.mod has it.
replace github.com/opencontainers/go-digest => github.com/opencontainers/go-digest v1.0.1-0.20220411205349-bde1400a84be
