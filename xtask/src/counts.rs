//! tmp
use anyhow::Result;
/// tmp
pub fn accept(_: crate::install::Install) -> Result<()> {
    Ok(())
}
