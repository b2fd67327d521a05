#include <stdio.h>

int main(void)
{
	puts("wsdx " WSDX_VERSION);
	return 0;
}
