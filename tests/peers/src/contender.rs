//! Who is compared.

/// One of those that run the same programs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Contender {
    /// This project.
    Ours,
    /// `wasmtime`, which maps a memory for each instance.
    OnDemand,
    /// `wasmtime` with its pooling allocator.
    Pooling,
    /// `wasmer-wasix`.
    Wasix,
    /// A process of the system's, of the same program compiled natively.
    Native,
}

impl Contender {
    /// All, in the order of the table.
    pub(crate) const ALL: [Self; 5] = [
        Self::Ours,
        Self::OnDemand,
        Self::Pooling,
        Self::Wasix,
        Self::Native,
    ];

    /// The name in the table.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Ours => "ours",
            Self::OnDemand => "wasmtime",
            Self::Pooling => "wt. pooling",
            Self::Wasix => "wasmer-wasix",
            Self::Native => "native",
        }
    }
}

/// Whom a target is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reference {
    /// The better of the two ways to run `wasmtime`.
    Wasmtime,
    /// `wasmtime` with its pooling allocator.
    Pooling,
    /// The native process.
    Native,
    /// The best that is not native.
    BestPeer,
}

impl Reference {
    /// Those that it can be.
    pub(crate) fn candidates(self) -> &'static [Contender] {
        match self {
            Self::Wasmtime => &[Contender::OnDemand, Contender::Pooling],
            Self::Pooling => &[Contender::Pooling],
            Self::Native => &[Contender::Native],
            Self::BestPeer => &[Contender::OnDemand, Contender::Pooling, Contender::Wasix],
        }
    }

    /// The name in a target.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Wasmtime => "wasmtime",
            Self::Pooling => "wt. pooling",
            Self::Native => "native",
            Self::BestPeer => "the best peer",
        }
    }
}
