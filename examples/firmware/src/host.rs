//! What the board gives in real firmware, here from Linux: entry point, output, and the end.
//!
//! The only unsafe code, and the only code that depends on the processor.

use core::arch::{asm, global_asm};
use core::fmt;
use core::panic::PanicInfo;

#[cfg(not(all(target_os = "linux", any(target_arch = "x86_64", target_arch = "aarch64"))))]
compile_error!("this example knows Linux on x86_64 and aarch64 only");

// Where the kernel enters, with the stack pointer as the only thing set up.
#[cfg(target_arch = "x86_64")]
global_asm!(
    ".globl _start",
    "_start:",
    "xor ebp, ebp",
    "and rsp, -16",
    "call {}",
    "ud2",
    sym start,
);
#[cfg(target_arch = "aarch64")]
global_asm!(
    ".globl _start",
    "_start:",
    "mov x29, xzr",
    "mov x30, xzr",
    "bl {}",
    "brk 1",
    sym start,
);

extern "C" fn start() -> ! {
    exit(crate::run())
}

#[panic_handler]
fn panic(_: &PanicInfo<'_>) -> ! {
    exit(1)
}

/// Standard output, without a buffer.
pub struct Output;

impl fmt::Write for Output {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        let mut rest = text.as_bytes();
        while !rest.is_empty() {
            let written = usize::try_from(write(rest)).map_err(|_| fmt::Error)?;
            rest = rest.get(written..).ok_or(fmt::Error)?;
        }
        Ok(())
    }
}

/// How many bytes went to standard output; negative if none could.
#[cfg(target_arch = "x86_64")]
fn write(bytes: &[u8]) -> isize {
    let result: isize;
    // SAFETY: write(2) only reads the bytes, which live until it returns; the kernel keeps all
    // registers but these three.
    unsafe {
        asm!(
            "syscall",
            inlateout("rax") 1_isize => result,
            in("rdi") 1_usize,
            in("rsi") bytes.as_ptr(),
            in("rdx") bytes.len(),
            lateout("rcx") _,
            lateout("r11") _,
            options(nostack, readonly),
        );
    }
    result
}

/// How many bytes went to standard output; negative if none could.
#[cfg(target_arch = "aarch64")]
fn write(bytes: &[u8]) -> isize {
    let result: isize;
    // SAFETY: write(2) only reads the bytes, which live until it returns; the kernel keeps all
    // registers but x0.
    unsafe {
        asm!(
            "svc 0",
            in("x8") 64_usize,
            inlateout("x0") 1_isize => result,
            in("x1") bytes.as_ptr(),
            in("x2") bytes.len(),
            options(nostack, readonly),
        );
    }
    result
}

fn exit(code: u8) -> ! {
    // SAFETY: exit_group(2) takes a number and does not return.
    #[cfg(target_arch = "x86_64")]
    unsafe {
        asm!(
            "syscall",
            in("rax") 231_usize,
            in("rdi") usize::from(code),
            options(noreturn, nostack),
        )
    }
    // SAFETY: exit_group(2) takes a number and does not return.
    #[cfg(target_arch = "aarch64")]
    unsafe {
        asm!(
            "svc 0",
            in("x8") 94_usize,
            in("x0") usize::from(code),
            options(noreturn, nostack),
        )
    }
}

/// Copies memory. Compilers call it, and targets without an operating system get it from theirs.
///
/// # Safety
///
/// As in C: `to` and `from` are valid for `length` bytes and do not overlap.
#[unsafe(no_mangle)]
unsafe extern "C" fn memcpy(to: *mut u8, from: *const u8, length: usize) -> *mut u8 {
    for i in 0..length {
        // SAFETY: the caller's promise. Volatile, lest this loop become a call of this function.
        unsafe { to.add(i).write_volatile(from.add(i).read_volatile()) };
    }
    to
}

/// Fills memory with the lowest byte of `value`; see [`memcpy`].
///
/// # Safety
///
/// As in C: `to` is valid for `length` bytes.
#[unsafe(no_mangle)]
unsafe extern "C" fn memset(to: *mut u8, value: i32, length: usize) -> *mut u8 {
    for i in 0..length {
        // SAFETY: the caller's promise.
        unsafe { to.add(i).write_volatile(value.to_le_bytes()[0]) };
    }
    to
}
