//! Files of the host that may be anything: pipes, terminals, sockets. A run that can be stopped
//! reads and writes only when that does not wait.

use std::fs::File;
use std::io::{self, IsTerminal as _};
use std::os::fd::{AsFd, AsRawFd as _, BorrowedFd};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec};
use rustix::fs::{FileType, Mode, OFlags, Stat};
use rustix::net::{RecvFlags, SendFlags};

use super::Access;
use crate::abi::Errno;
use crate::control::Control;
use crate::ground::forked::PerProcess;
use crate::ground::retry;

/// The number of bytes that a pipe that is ready accepts at once (POSIX, `PIPE_BUF`; Linux
/// and macOS have room for this many).
const PIECE: usize = 4096;

/// The same pipe or terminal, opened once more so that no call on it waits, whoever else
/// uses it, for a run that can be stopped; `None` if the file is something else, or cannot be
/// opened again.
pub(crate) fn own(file: &impl AsFd, access: Access, control: &Control) -> Option<Arc<File>> {
    let file = file.as_fd();
    if !cfg!(target_os = "linux") || !control.is_stoppable() {
        return None;
    }
    if file_type(file).ok()? != FileType::Fifo && !file.is_terminal() {
        return None;
    }
    // A FIFO without writers that is opened again never reports its end.
    if access == Access::Read && is_at_end(file) {
        return None;
    }
    let access = match access {
        Access::Read => OFlags::RDONLY,
        Access::Write => OFlags::WRONLY,
    };
    let path = format!("/proc/self/fd/{}", file.as_raw_fd());
    let flags = access | OFlags::NONBLOCK | OFlags::NOCTTY | OFlags::CLOEXEC;
    let file = rustix::fs::open(path, flags, Mode::empty()).ok()?;
    Some(Arc::new(file.into()))
}

/// Reports whether a pipe has no writers any more.
fn is_at_end(file: BorrowedFd<'_>) -> bool {
    let mut polled = [PollFd::from_borrowed_fd(file, PollFlags::IN)];
    rustix::event::poll(&mut polled, Some(&Timespec::default())).is_ok()
        && polled[0].revents().contains(PollFlags::HUP)
}

fn file_type(file: BorrowedFd<'_>) -> io::Result<FileType> {
    let stat = rustix::fs::fstat(file)?;
    Ok(FileType::from_raw_mode(stat.st_mode))
}

/// The way in which a call on a file is kept from waiting.
enum Way {
    /// A regular file or a disk is always ready: the disk may be slow, and
    /// nobody needs to wait for that.
    Always,
    /// The file says when a call on it would wait.
    NonBlocking,
    /// As above, by flags of the calls for sockets.
    Socket,
    /// A call on it may wait, unless it was found ready and nobody else uses it before.
    InTurn(Key),
}

impl Way {
    fn of(file: BorrowedFd<'_>, access: Access) -> io::Result<Self> {
        let stat = rustix::fs::fstat(file)?;
        Ok(match FileType::from_raw_mode(stat.st_mode) {
            FileType::RegularFile | FileType::BlockDevice => Self::Always,
            FileType::Socket => Self::Socket,
            _ if rustix::fs::fcntl_getfl(file)?.contains(OFlags::NONBLOCK) => Self::NonBlocking,
            _ => Self::InTurn(Key {
                device: device(&stat),
                inode: stat.st_ino,
                access,
            }),
        })
    }
}

#[allow(clippy::unnecessary_cast, reason = "it is another type elsewhere")]
fn device(stat: &Stat) -> u64 {
    stat.st_dev as u64
}

/// The identity of a file, independent of who opened it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Key {
    device: u64,
    inode: u64,
    access: Access,
}

/// The files that runs are currently using in turn. The lock is held for as long as it takes to
/// look at the list, and never while a file is used.
static IN_USE: PerProcess<Mutex<Vec<Key>>> = PerProcess::new(Mutex::default);

/// A guard: while it exists, no other run of this process uses the file in the same way.
///
/// If another process takes the data for which a run has found the file ready, the run waits
/// in the system call and keeps its turn. Other runs that use the same file wait for the turn,
/// and can be stopped.
struct Turn(Key);

impl Turn {
    fn take(key: Key) -> Option<Self> {
        let mut in_use = Self::in_use();
        let is_free = !in_use.contains(&key);
        is_free.then(|| {
            in_use.push(key);
            Self(key)
        })
    }

    fn in_use() -> MutexGuard<'static, Vec<Key>> {
        // Nothing in here panics halfway.
        IN_USE.get().lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        let mut in_use = Self::in_use();
        if let Some(index) = in_use.iter().position(|key| *key == self.0) {
            in_use.swap_remove(index);
        }
    }
}

/// Reports whether a call on the file would not wait now.
fn is_ready(file: BorrowedFd<'_>, access: Access) -> bool {
    let mut polled = [PollFd::from_borrowed_fd(file, access.events())];
    let ready = rustix::event::poll(&mut polled, Some(&Timespec::default()));
    ready.is_ok_and(|ready| ready > 0)
}

/// Reports whether a line that this process has begun to print can be written without waiting.
/// A pipe that is ready has room for more than that.
pub(super) fn has_room(file: &impl AsFd) -> bool {
    is_ready(file.as_fd(), Access::Write)
}

impl Access {
    fn events(self) -> PollFlags {
        match self {
            Self::Read => PollFlags::IN,
            Self::Write => PollFlags::OUT,
        }
    }
}

pub(super) fn read(
    file: &impl AsFd,
    control: &Control,
    reader: &mut dyn io::Read,
    buffer: &mut [u8],
) -> Result<usize, Errno> {
    if !control.is_stoppable() {
        return Ok(retry::read(reader, buffer)?);
    }
    let file = file.as_fd();
    let way = Way::of(file, Access::Read)?;
    when_ready(file, &way, Access::Read, control, || match way {
        Way::Socket => retry::uninterrupted(|| {
            let (read, _) = rustix::net::recv(file, &mut *buffer, RecvFlags::DONTWAIT)?;
            Ok(read)
        }),
        Way::Always | Way::NonBlocking | Way::InTurn(_) => retry::read(reader, buffer),
    })
}

/// Writes everything, to anything but a regular file in pieces that it has room for.
pub(super) fn write<'a>(
    file: &impl AsFd,
    writer: &mut dyn io::Write,
    control: &Control,
    slices: impl Iterator<Item = &'a [u8]>,
) -> Result<usize, Errno> {
    let file = file.as_fd();
    let way = Way::of(file, Access::Write)?;
    // A peer that is gone is an error of the guest's, not a signal to the process.
    let flags = SendFlags::DONTWAIT | SendFlags::NOSIGNAL;
    let mut written = 0;
    for mut bytes in slices {
        while !bytes.is_empty() {
            let piece = match way {
                Way::Always => bytes,
                Way::NonBlocking | Way::Socket | Way::InTurn(_) => &bytes[..bytes.len().min(PIECE)],
            };
            let once = when_ready(file, &way, Access::Write, control, || {
                retry::uninterrupted(|| match way {
                    Way::Socket => Ok(rustix::net::send(file, piece, flags)?),
                    Way::Always | Way::NonBlocking | Way::InTurn(_) => writer.write(piece),
                })
            });
            match once {
                Ok(0) => return Ok(written),
                Ok(len) => {
                    written += len;
                    bytes = &bytes[len..];
                }
                // An earlier write that succeeded is reported first.
                Err(error) if written == 0 => return Err(error),
                Err(_) => return Ok(written),
            }
        }
    }
    Ok(written)
}

/// Uses a file once, as soon as that does not wait.
///
/// # Errors
///
/// `EINTR` if the run must stop.
fn when_ready(
    file: BorrowedFd<'_>,
    way: &Way,
    access: Access,
    control: &Control,
    mut once: impl FnMut() -> io::Result<usize>,
) -> Result<usize, Errno> {
    /// The time for which a run waits if nobody wakes it.
    const A_WHILE: Duration = Duration::from_millis(1);
    let mut was_ready = false;
    loop {
        // In this order: a stop in between sends a notification after that.
        let seen = control.notifications();
        if control.is_stopped() {
            return Err(Errno::Intr);
        }
        let used = match way {
            Way::Always | Way::NonBlocking | Way::Socket => once(),
            Way::InTurn(key) => match Turn::take(*key) {
                Some(_turn) if is_ready(file, access) => once(),
                Some(_) => Err(io::ErrorKind::WouldBlock.into()),
                None => {
                    control.wait(seen, Some(Instant::now() + A_WHILE));
                    continue;
                }
            },
        };
        match used {
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
            done => return Ok(done?),
        }
        // Another process was there first, or a terminal has room, but not for this.
        if was_ready {
            was_ready = false;
            control.wait(seen, Some(Instant::now() + A_WHILE));
            continue;
        }
        control.poll(seen, &[file], access.events(), None)?;
        was_ready = true;
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;
    use std::os::unix::net::UnixStream;
    use std::thread;

    use super::*;
    use crate::control::Why;

    fn read_of(file: &File, control: &Control) -> Result<Vec<u8>, Errno> {
        let mut buffer = [0; 16];
        let read = read(file, control, &mut &*file, &mut buffer)?;
        Ok(buffer[..read].to_vec())
    }

    fn pipe() -> (File, File) {
        let (read, write) = rustix::pipe::pipe().unwrap();
        (read.into(), write.into())
    }

    fn in_turn(file: &File) -> Key {
        match Way::of(file.as_fd(), Access::Read).unwrap() {
            Way::InTurn(key) => key,
            _ => panic!("a pipe whose calls wait is used in turn"),
        }
    }

    #[test]
    fn a_run_that_waits_for_its_turn_is_stopped_and_other_files_have_separate_turns() {
        let (busy, mut busy_end) = pipe();
        let (other, mut other_end) = pipe();
        busy_end.write_all(b"busy").unwrap();
        other_end.write_all(b"other").unwrap();
        // Like a run that the system keeps in a read.
        let turn = Turn::take(in_turn(&busy)).unwrap();
        let control = Control::new(true);
        thread::scope(|scope| {
            let waiting = scope.spawn(|| read_of(&busy, &control));
            assert_eq!(read_of(&other, &Control::new(true)).unwrap(), b"other");
            thread::sleep(Duration::from_millis(20));
            assert!(!waiting.is_finished());
            control.stop(Why::Timeout);
            assert_eq!(waiting.join().unwrap(), Err(Errno::Intr));
        });
        drop(turn);
        assert_eq!(read_of(&busy, &Control::new(true)).unwrap(), b"busy");
        assert!(Turn::take(in_turn(&busy)).is_some());
    }

    #[test]
    fn one_file_has_one_turn_for_each_direction_however_it_was_opened() {
        let (file, _end) = pipe();
        let key = in_turn(&file);
        assert_eq!(key, in_turn(&file.try_clone().unwrap()));
        let _turn = Turn::take(key).unwrap();
        assert!(Turn::take(key).is_none());
        let access = Access::Write;
        assert!(Turn::take(Key { access, ..key }).is_some());
    }

    #[test]
    fn waits_for_a_socket_can_be_ended() {
        let (guest, mut host) = UnixStream::pair().unwrap();
        let guest = File::from(std::os::fd::OwnedFd::from(guest));
        host.write_all(b"text").unwrap();
        assert_eq!(read_of(&guest, &Control::new(true)).unwrap(), b"text");
        // More than there is room for.
        let much = vec![0; 16 << 20];
        for writes in [false, true] {
            let control = Control::new(true);
            thread::scope(|scope| {
                let waiting = scope.spawn(|| match writes {
                    false => read_of(&guest, &control).map(|read| read.len()),
                    true => write(&guest, &mut &guest, &control, [&much[..]].into_iter()),
                });
                thread::sleep(Duration::from_millis(20));
                assert!(!waiting.is_finished());
                control.stop(Why::Cancelled);
                match (writes, waiting.join().unwrap()) {
                    (false, result) => assert_eq!(result, Err(Errno::Intr)),
                    // The result is the number of bytes written before.
                    (true, result) => assert!(result.is_ok_and(|len| len < much.len())),
                }
            });
        }
        host.shutdown(std::net::Shutdown::Write).unwrap();
        assert!(read_of(&guest, &Control::new(true)).is_ok_and(|read| read.is_empty()));
    }
}
