"""arp.py - a machine's words about an IPv4 address on the LAN of its eth0.

    arp.py claim 192.0.2.7      says that the address is its own
    arp.py ask 192.0.2.7        asks as one does who is about to take it; who answers, or nothing
    arp.py listen               writes the address of each question of such a one, for ever
"""
import socket
import sys
import time

ARP = 0x0806
REQUEST = bytes.fromhex("0001080006040001")
SECONDS = 2


def listen():
    with socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(ARP)) as lan:
        lan.bind(("eth0", ARP))
        print("listens", flush=True)
        while heard := lan.recv(2048):
            if heard[14:22] == REQUEST and heard[28:32] == bytes(4):
                print(socket.inet_ntoa(heard[38:42]), flush=True)


def main(words, address="0.0.0.0"):
    if words == "listen":
        listen()
    ours = socket.inet_aton(address)
    with socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(ARP)) as lan:
        lan.bind(("eth0", ARP))
        mac = lan.getsockname()[4]
        sender = ours if words == "claim" else bytes(4)
        frame = (b"\xff" * 6 + mac + ARP.to_bytes(2, "big") + REQUEST + mac + sender + bytes(6)
                 + ours)
        lan.send(frame)
        until = time.monotonic() + SECONDS
        while words == "ask" and (left := until - time.monotonic()) > 0:
            lan.settimeout(left)
            try:
                heard = lan.recv(2048)
            except TimeoutError:
                return
            if heard[28:32] == ours and heard[22:28] != mac:
                print(heard[22:28].hex(":"))
                return


main(*sys.argv[1:])
