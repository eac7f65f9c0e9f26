<?php
declare(strict_types=1);

namespace Demo;

use RuntimeException;

/** Waits: a payment service that takes its time. Only wall time shows this route. */
final class Checkout
{
    public function pay(int $order): string
    {
        return '<p>' . htmlspecialchars($this->askPaymentService($order)) . '</p>';
    }

    private function askPaymentService(int $order): string
    {
        $address = getenv('DEMO_PAYMENT_SERVICE');
        if ($address === false) {
            usleep(50_000);
            return "order $order paid";
        }
        $service = @stream_socket_client($address, $code, $reason, 5.0);
        if ($service === false) {
            throw new RuntimeException("The payment service does not answer: $reason");
        }
        fwrite($service, "PAY $order\n");
        return trim((string) fgets($service));
    }
}
