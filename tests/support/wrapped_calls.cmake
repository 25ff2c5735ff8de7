# Every program that links test_support gets these calls redirected: `f` to `__wrap_f`, which
# clock.cpp and wrapped_calls.cpp define (ld(1), --wrap; GNU ld, gold, lld and mold know it).
foreach(function IN ITEMS
        accept accept4 connect epoll_ctl epoll_wait getpeername poll read readv recv recvfrom
        recvmmsg recvmsg send sendmmsg sendmsg sendto setsockopt socket timerfd_settime write writev
        __poll_chk __read_chk __recv_chk __recvfrom_chk
        _ZNSt6chrono3_V212steady_clock3nowEv _ZNSt6chrono3_V212system_clock3nowEv)
    target_link_options(test_support INTERFACE LINKER:--wrap=${function})
endforeach()
