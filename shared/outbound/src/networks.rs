use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// A network that is not globally routable, or that leads into others, and what it is.
type Range<T> = (T, u8, &'static str);

/// IANA's registry of special IPv4 addresses, and multicast. Some of these are reachable (AS112, anycast relays); nobody has
/// a web server there.
const V4: &[Range<Ipv4Addr>] = &[
    (Ipv4Addr::UNSPECIFIED, 8, "this network"),
    (Ipv4Addr::new(10, 0, 0, 0), 8, "private use"),
    (Ipv4Addr::new(100, 64, 0, 0), 10, "shared address space"),
    (Ipv4Addr::new(127, 0, 0, 0), 8, "loopback"),
    (Ipv4Addr::new(169, 254, 0, 0), 16, "link local"),
    (Ipv4Addr::new(172, 16, 0, 0), 12, "private use"),
    (Ipv4Addr::new(192, 0, 0, 0), 24, "protocol assignments"),
    (Ipv4Addr::new(192, 0, 2, 0), 24, "documentation"),
    (Ipv4Addr::new(192, 31, 196, 0), 24, "AS112"),
    (Ipv4Addr::new(192, 52, 193, 0), 24, "multicast tunnels"),
    (Ipv4Addr::new(192, 88, 99, 0), 24, "6to4 relays"),
    (Ipv4Addr::new(192, 168, 0, 0), 16, "private use"),
    (Ipv4Addr::new(192, 175, 48, 0), 24, "AS112"),
    (Ipv4Addr::new(198, 18, 0, 0), 15, "benchmarking"),
    (Ipv4Addr::new(198, 51, 100, 0), 24, "documentation"),
    (Ipv4Addr::new(203, 0, 113, 0), 24, "documentation"),
    (Ipv4Addr::new(224, 0, 0, 0), 4, "multicast"),
    (Ipv4Addr::new(240, 0, 0, 0), 4, "reserved"),
];

const fn v6(a: u16, b: u16, c: u16, d: u16) -> Ipv6Addr {
    Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0)
}

/// IANA's registry of special IPv6 addresses, multicast, and what carries an IPv4 address within it.
const V6: &[Range<Ipv6Addr>] = &[
    (Ipv6Addr::UNSPECIFIED, 128, "unspecified"),
    (Ipv6Addr::LOCALHOST, 128, "loopback"),
    (
        Ipv6Addr::new(0, 0, 0, 0, 0, 0xffff, 0, 0),
        96,
        "IPv4 mapped",
    ),
    (Ipv6Addr::UNSPECIFIED, 96, "IPv4 compatible"),
    (v6(0x64, 0xff9b, 0, 0), 96, "NAT64"),
    (v6(0x64, 0xff9b, 1, 0), 48, "local NAT64"),
    (v6(0x100, 0, 0, 0), 64, "discard"),
    (v6(0x100, 0, 0, 1), 64, "dummy prefix"),
    (v6(0x2001, 0, 0, 0), 32, "Teredo"),
    (v6(0x2001, 2, 0, 0), 48, "benchmarking"),
    (v6(0x2001, 0x10, 0, 0), 28, "ORCHID"),
    (v6(0x2001, 0x20, 0, 0), 28, "ORCHIDv2"),
    (v6(0x2001, 0x30, 0, 0), 28, "drone identifiers"),
    (v6(0x2001, 0, 0, 0), 23, "protocol assignments"),
    (v6(0x2001, 0xdb8, 0, 0), 32, "documentation"),
    (v6(0x2002, 0, 0, 0), 16, "6to4"),
    (v6(0x2620, 0x4f, 0x8000, 0), 48, "AS112"),
    (v6(0x3fff, 0, 0, 0), 20, "documentation"),
    (v6(0x5f00, 0, 0, 0), 16, "segment routing"),
    (v6(0xfc00, 0, 0, 0), 7, "unique local"),
    (v6(0xfe80, 0, 0, 0), 10, "link local"),
    (v6(0xfec0, 0, 0, 0), 10, "site local"),
    (v6(0xff00, 0, 0, 0), 8, "multicast"),
];

/// All that IANA has given out for unicast so far. What is outside is nobody's.
const GLOBAL_UNICAST: (Ipv6Addr, u8) = (v6(0x2000, 0, 0, 0), 3);

/// What an address is, if a request of somebody else's choosing must not go there; none if it is one of the public network.
pub fn why_not_global(address: IpAddr) -> Option<&'static str> {
    match address {
        IpAddr::V4(address) => {
            let bits = u128::from(u32::from(address));
            let inside = |(network, length, _): &&Range<Ipv4Addr>| {
                shares(bits, u128::from(u32::from(*network)), *length, 32)
            };
            V4.iter().find(inside).map(|(_, _, what)| *what)
        }
        IpAddr::V6(address) => {
            let bits = u128::from(address);
            let inside = |(network, length, _): &&Range<Ipv6Addr>| {
                shares(bits, u128::from(*network), *length, 128)
            };
            let special = V6.iter().find(inside).map(|(_, _, what)| *what);
            let (global, length) = GLOBAL_UNICAST;
            let is_given_out = shares(bits, u128::from(global), length, 128);
            special.or((!is_given_out).then_some("not given out"))
        }
    }
}

/// Whether the first `length` bits are the same.
fn shares(one: u128, other: u128, length: u8, width: u32) -> bool {
    let rest = width - u32::from(length);
    (one ^ other).checked_shr(rest).unwrap_or(0) == 0
}

#[cfg(test)]
mod tests {
    use super::*;

    fn last<T>(bits: u128, length: u8, width: u32, make: impl Fn(u128) -> T) -> T {
        let rest = width - u32::from(length);
        let ones = if rest == 128 {
            u128::MAX
        } else {
            (1 << rest) - 1
        };
        make(bits | ones)
    }

    #[test]
    fn the_first_and_the_last_address_of_every_range_are_refused() {
        for (network, length, what) in V4 {
            let bits = u128::from(u32::from(*network));
            let end = last(bits, *length, 32, |bits| Ipv4Addr::from(bits as u32));
            assert_eq!(why_not_global((*network).into()), Some(*what));
            assert_eq!(why_not_global(end.into()), Some(*what), "{end}");
        }
        for (network, length, what) in V6 {
            let end = last(u128::from(*network), *length, 128, Ipv6Addr::from);
            for address in [*network, end] {
                assert!(why_not_global(address.into()).is_some(), "{address} {what}");
            }
        }
    }

    #[test]
    fn what_stands_just_outside_of_a_range_is_public() {
        let public = [
            "1.0.0.0",
            "9.255.255.255",
            "11.0.0.0",
            "100.63.255.255",
            "100.128.0.0",
            "126.255.255.255",
            "128.0.0.0",
            "169.253.255.255",
            "169.255.0.0",
            "172.15.255.255",
            "172.32.0.0",
            "192.0.1.0",
            "192.0.3.0",
            "192.167.255.255",
            "192.169.0.0",
            "198.17.255.255",
            "198.20.0.0",
            "198.51.101.0",
            "203.0.114.0",
            "223.255.255.255",
            "2000::1",
            "2001:200::",
            "2001:db7:ffff:ffff:ffff:ffff:ffff:ffff",
            "2001:db9::",
            "2003::",
            "2606:4700::1111",
            "3ffe::1",
        ];
        for address in public {
            assert_eq!(why_not_global(address.parse().unwrap()), None, "{address}");
        }
    }

    #[test]
    fn every_disguise_of_a_private_address_is_refused() {
        let disguised = [
            ("0.0.0.0", "this network"),
            ("0.1.2.3", "this network"),
            ("::ffff:127.0.0.1", "IPv4 mapped"),
            ("::ffff:8.8.8.8", "IPv4 mapped"),
            ("::127.0.0.1", "IPv4 compatible"),
            ("64:ff9b::10.0.0.1", "NAT64"),
            ("64:ff9b:1::10.0.0.1", "local NAT64"),
            ("2002:7f00:1::", "6to4"),
            ("2001:0:4136:e378:8000:63bf:3fff:fdd2", "Teredo"),
            ("fd00::1", "unique local"),
            ("fe80::1", "link local"),
            ("fec0::1", "site local"),
            ("ff02::1", "multicast"),
            ("169.254.169.254", "link local"),
            ("255.255.255.255", "reserved"),
            ("4000::1", "not given out"),
            ("::2:0:0:1", "not given out"),
        ];
        for (address, what) in disguised {
            assert_eq!(
                why_not_global(address.parse().unwrap()),
                Some(what),
                "{address}"
            );
        }
    }
}
