//! Sockets: `sock_*`. No program is given any, so no descriptor is one.

use super::abi::Fd;
use super::context::Context;
use crate::abi::Errno;

/// # Errors
///
/// Always: `EBADF` where the descriptor is not open, `ENOTSOCK` where it is.
pub(super) fn not_a_socket(context: &Context, fd: Fd) -> Result<(), Errno> {
    context.table.get(fd)?;
    Err(Errno::Notsock)
}
