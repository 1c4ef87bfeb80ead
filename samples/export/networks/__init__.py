# Plain PyTorch definitions of the networks that Intaglio is tested with; the catalogue of their sizes is in catalog.py.
#
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
from .catalog import NETWORKS, Member, Network

__all__ = ["NETWORKS", "Member", "Network"]
