//! Sockets: `sock_*`. No program is given any, so no descriptor is one.

use super::abi::Fd;
use super::context::Context;
use crate::abi::{Errno, GuestMemory};

/// Defines functions that fail, with the parameters that they ignore.
macro_rules! no_sockets {
    ($($name:ident($($parameter:ident),*);)*) => {$(
        /// # Errors
        ///
        /// Always: `EBADF` if the descriptor is not open, `ENOTSOCK` if it is.
        pub(super) fn $name(
            context: &mut Context,
            _: &mut GuestMemory<'_>,
            fd: Fd,
            $($parameter: u32),*
        ) -> Result<(), Errno> {
            context.table.get(fd)?;
            Err(Errno::Notsock)
        }
    )*};
}

no_sockets! {
    sock_accept(_flags, _result);
    sock_recv(_buffers, _buffers_len, _flags, _read, _out_flags);
    sock_send(_buffers, _buffers_len, _flags, _written);
    sock_shutdown(_how);
}
