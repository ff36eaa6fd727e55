"""That each option of a container or pod arrives on real hosts.

With asyncio only: both flavours make the same specification, by the same code.
"""
