//! Runs guests with wasmer-wasix: `worker DIRECTORY`, which has the guests, compiled.

use std::env;
use std::path::PathBuf;
use std::sync::OnceLock;

use peers::Result;
use peers::guest::{Call, Guest};
use peers::worker::{Peer, serve};
use peers_wasix::{Host, deserialize};
use wasmer::{Engine, Module};

struct Wasix {
    directory: PathBuf,
    host: OnceLock<(Engine, Host)>,
    guests: [OnceLock<Module>; Guest::ALL.len()],
}

impl Wasix {
    fn loaded(&self, guest: Guest) -> Result<(&Host, &Module)> {
        if self.host.get().is_none() {
            let engine = Engine::default();
            // Where another thread was faster, its engine stays.
            let _ = self.host.set((engine.clone(), Host::new(engine)?));
        }
        let (engine, host) = self.host.get().ok_or("there is no engine")?;
        let place = &self.guests[guest as usize];
        if place.get().is_none() {
            let _ = place.set(deserialize(engine, &self.directory.join(guest.name()))?);
        }
        Ok((host, place.get().ok_or("the guest is not loaded")?))
    }
}

impl Peer for Wasix {
    fn load(&self, guest: Guest) -> Result<()> {
        self.loaded(guest).map(drop)
    }

    fn run(&self, call: &Call<'_>) -> Result<Vec<u8>> {
        let (host, module) = self.loaded(call.guest)?;
        host.captured(module, call)
    }
}

fn main() -> Result<()> {
    let directory = env::args_os().nth(1).ok_or("usage: worker DIRECTORY")?;
    serve(&Wasix {
        directory: directory.into(),
        host: OnceLock::new(),
        guests: Default::default(),
    })
}
