//! Runs guests with wasmtime:
//!
//!     worker on-demand|pooling DIRECTORY
//!
//! DIRECTORY has the guests, compiled.

use std::env;
use std::path::PathBuf;
use std::sync::OnceLock;

use peers::Result;
use peers::guest::{Call, Guest};
use peers::worker::{Peer, serve};
use peers_wasmtime::{Allocation, Loaded, config, deserialize};
use wasmtime::Engine;

struct Wasmtime {
    allocation: Allocation,
    directory: PathBuf,
    engine: OnceLock<Engine>,
    guests: [OnceLock<Loaded>; Guest::ALL.len()],
}

impl Wasmtime {
    fn loaded(&self, guest: Guest) -> Result<&Loaded> {
        let place = &self.guests[guest as usize];
        if place.get().is_none() {
            if self.engine.get().is_none() {
                // Where another thread was faster, its engine stays.
                let _ = self.engine.set(Engine::new(&config(self.allocation))?);
            }
            let engine = self.engine.get().ok_or("there is no engine")?;
            let file = self.directory.join(guest.name());
            let _ = place.set(Loaded::new(engine, &deserialize(engine, &file)?)?);
        }
        Ok(place.get().ok_or("the guest is not loaded")?)
    }
}

impl Peer for Wasmtime {
    fn load(&self, guest: Guest) -> Result<()> {
        self.loaded(guest).map(drop)
    }

    fn run(&self, call: &Call<'_>) -> Result<Vec<u8>> {
        self.loaded(call.guest)?.captured(call)
    }
}

fn main() -> Result<()> {
    let mut words = env::args_os().skip(1);
    let (Some(allocation), Some(directory)) = (words.next(), words.next()) else {
        return Err("usage: worker on-demand|pooling DIRECTORY".into());
    };
    serve(&Wasmtime {
        allocation: match allocation == "pooling" {
            true => Allocation::Pooling,
            false => Allocation::OnDemand,
        },
        directory: directory.into(),
        engine: OnceLock::new(),
        guests: Default::default(),
    })
}
