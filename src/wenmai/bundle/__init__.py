"""Bundles: a trained member as one folder, self-sufficient and offline."""

from wenmai.bundle.bundle import Bundle, Provenance
from wenmai.bundle.folder import load_bundle, save_bundle
from wenmai.bundle.verify import Verification, verify_bundle

__all__ = ["Bundle", "Provenance", "Verification", "load_bundle", "save_bundle", "verify_bundle"]
